package io.diametergw.lab;

import io.diametergw.wire.ApplicationId;
import java.util.List;
import java.util.stream.Stream;

/**
 * Who a simulated or scripted node says it is.
 *
 * @param applicationIds what its CER or CEA advertises: 3 as accounting, numbers from 16777216 as
 *     3GPP's, the others as authentication
 */
public record LabNode(String originHost, String originRealm, List<Integer> applicationIds) {
  public LabNode {
    applicationIds = List.copyOf(applicationIds);
  }

  /** A node that advertises these applications. */
  public static LabNode of(String originHost, String originRealm, LabApplication... applications) {
    return new LabNode(
        originHost, originRealm, Stream.of(applications).map(LabApplication::id).toList());
  }

  /** A node that advertises Relay, and by that every application. */
  public static LabNode relay(String originHost, String originRealm) {
    return new LabNode(originHost, originRealm, List.of(ApplicationId.RELAY));
  }
}
