package io.diametergw.peer;

/** What may happen to a connection in a sequence of {@link PeerModelTest}: one step each. */
enum ModelEvent {
  // the transport
  ACCEPT(9),
  ACK(12),
  NACK(3),
  /** An attempt that was given up connects all the same. */
  LATE_ACK(1),
  FIN(1),
  RST(1),
  /** Some bytes of a DWR, and no more for now. */
  PART(2),
  /** The other bytes. */
  REST(8),

  // capabilities exchange
  CER(12),
  /** CER, REQUEST and DWR in one segment. */
  CER_BURST(6),
  CER_WITHOUT_HOST(1),
  CER_TWO_REALMS(1),
  CER_OTHER_APPLICATION(1),
  CER_OWN_IDENTITY(1),
  CER_OTHER_SECURITY(1),
  CER_PROXIABLE(1),
  CER_OF_APPLICATION_4(1),
  CEA(30),
  CEA_TO_NOTHING(1),
  CEA_3010(1),
  CEA_5012(1),
  CEA_OTHER_APPLICATION(1),

  // watchdog and disconnect
  DWR(3),
  DWR_WITHOUT_HOST(1),
  DWR_PROXIABLE(1),
  DWR_OF_APPLICATION_4(1),
  /** Answers the DWR that waits. */
  DWA(20),
  /** Does so with Result-Code 5012. */
  DWA_5012(2),
  /** Answers the DWR before the last. */
  DWA_LATE(2),
  DWA_TO_NOTHING(1),
  DPR(1),
  DPR_BUSY(1),
  DPR_NOT_WANTED(1),
  DPR_WITHOUT_CAUSE(1),
  /** Answers our DPR, if there is one. */
  DPA(2),

  // messages of applications, and what is none
  REQUEST(3),
  /** A request that the owner answers later. */
  REQUEST_HELD(2),
  REQUEST_WITH_E(1),
  REQUEST_OF_APPLICATION_0(1),
  REQUEST_OF_APPLICATION_0_PROXIABLE(1),
  /** Answers the oldest request of ours that waits. */
  ANSWER(4),
  ANSWER_TO_NOTHING(1),
  DWR_OF_VERSION_2(1),
  DWA_OF_VERSION_2(1),
  TOO_SHORT(1),

  // the owner
  ADMIT(12),
  REFUSE(2),
  /** Sends a request. */
  ASK(4),
  /** Gives all the answers that are owed. */
  SETTLE(4),
  PROBE(2),
  UNRESPONSIVE(2),
  STOP(2),
  CLOSE(1),
  /** Dials no more. */
  RETIRE(1),

  // time
  TIME(0),
  /** What a state waits for has not come. */
  TIMEOUT(0),
  /** A message that began is not complete. */
  READ_TIMEOUT(0),
  /** The watchdog's timer expires: {@link WatchdogModel} says what then. */
  WATCHDOG(0),
  /** The pause between two attempts is over. */
  DIAL(0);

  /** How often it is chosen where it may be: good ones more often, so that sequences get far. */
  final int weight;

  ModelEvent(int weight) {
    this.weight = weight;
  }

  /** Whether bytes arrive, and which rest in the socket while we do not read. */
  boolean isMessage() {
    return ordinal() >= PART.ordinal() && ordinal() <= TOO_SHORT.ordinal();
  }

  /** Whether time alone brings it about. */
  boolean isTimed() {
    return weight == 0;
  }
}
