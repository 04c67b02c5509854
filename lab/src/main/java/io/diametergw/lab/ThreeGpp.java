package io.diametergw.lab;

import io.diametergw.wire.AvpCursor;

/**
 * Codes of the AVPs that the simulators' messages are made of (RFC 8506, 3GPP TS 29.272, 29.212,
 * 29.061, 32.299).
 */
final class ThreeGpp {
  static final int VENDOR_ID = 10415;

  /** V and M, as nearly all AVPs of 3GPP have them. */
  static final int VM = AvpCursor.VENDOR | AvpCursor.MANDATORY;

  // RFC 6733, RFC 8506 and RFC 7155: without Vendor-ID.
  static final int FRAMED_IP_ADDRESS = 8;
  static final int CALLED_STATION_ID = 30;
  static final int EVENT_TIMESTAMP = 55;
  static final int SESSION_TIMEOUT = 27;
  static final int AUTH_SESSION_STATE = 277;
  static final int RE_AUTH_REQUEST_TYPE = 285;
  static final int TERMINATION_CAUSE = 295;
  static final int EXPERIMENTAL_RESULT_CODE = 298;
  static final int CC_REQUEST_NUMBER = 415;
  static final int CC_REQUEST_TYPE = 416;
  static final int CC_TIME = 420;
  static final int CC_TOTAL_OCTETS = 421;
  static final int GRANTED_SERVICE_UNIT = 431;
  static final int RATING_GROUP = 432;
  static final int REQUESTED_SERVICE_UNIT = 437;
  static final int SUBSCRIPTION_ID = 443;
  static final int SUBSCRIPTION_ID_DATA = 444;
  static final int USED_SERVICE_UNIT = 446;
  static final int VALIDITY_TIME = 448;
  static final int SUBSCRIPTION_ID_TYPE = 450;
  static final int MULTIPLE_SERVICES_INDICATOR = 455;
  static final int MULTIPLE_SERVICES_CREDIT_CONTROL = 456;
  static final int SERVICE_CONTEXT_ID = 461;
  static final int SERVICE_SELECTION = 493;

  // Vendor-ID 10415.
  static final int MAX_REQUESTED_BANDWIDTH_DL = 515;
  static final int MAX_REQUESTED_BANDWIDTH_UL = 516;
  static final int MSISDN = 701;
  static final int SERVICE_INFORMATION = 873;
  static final int PS_INFORMATION = 874;
  static final int CHARGING_RULE_INSTALL = 1001;
  static final int CHARGING_RULE_DEFINITION = 1003;
  static final int CHARGING_RULE_NAME = 1005;
  static final int EVENT_TRIGGER = 1006;
  static final int PRECEDENCE = 1010;
  static final int QOS_INFORMATION = 1016;
  static final int IP_CAN_TYPE = 1027;
  static final int QOS_CLASS_IDENTIFIER = 1028;
  static final int RAT_TYPE = 1032;
  static final int ALLOCATION_RETENTION_PRIORITY = 1034;
  static final int PRIORITY_LEVEL = 1046;
  static final int DEFAULT_EPS_BEARER_QOS = 1049;
  static final int SUBSCRIPTION_DATA = 1400;
  static final int TERMINAL_INFORMATION = 1401;
  static final int IMEI = 1402;
  static final int SOFTWARE_VERSION = 1403;
  static final int ULR_FLAGS = 1405;
  static final int ULA_FLAGS = 1406;
  static final int VISITED_PLMN_ID = 1407;
  static final int REQUESTED_EUTRAN_AUTHENTICATION_INFO = 1408;
  static final int NUMBER_OF_REQUESTED_VECTORS = 1410;
  static final int IMMEDIATE_RESPONSE_PREFERRED = 1412;
  static final int AUTHENTICATION_INFO = 1413;
  static final int E_UTRAN_VECTOR = 1414;
  static final int NETWORK_ACCESS_MODE = 1417;
  static final int ITEM_NUMBER = 1419;
  static final int CANCELLATION_TYPE = 1420;
  static final int CONTEXT_IDENTIFIER = 1423;
  static final int SUBSCRIBER_STATUS = 1424;
  static final int ALL_APN_CONFIGURATIONS_INCLUDED = 1428;
  static final int APN_CONFIGURATION_PROFILE = 1429;
  static final int APN_CONFIGURATION = 1430;
  static final int EPS_SUBSCRIBED_QOS_PROFILE = 1431;
  static final int AMBR = 1435;
  static final int EQUIPMENT_STATUS = 1445;
  static final int RAND = 1447;
  static final int XRES = 1448;
  static final int AUTN = 1449;
  static final int KASME = 1450;
  static final int PDN_TYPE = 1456;
  static final int IDR_FLAGS = 1490;

  private ThreeGpp() {}
}
