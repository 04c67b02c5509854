package io.diametergw.peer;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of RFC 6733 §5.6 as {@link PeerModel} reads it, made from the RFC and its sections, not
 * from the code: for each state what each event leads to and what is sent.
 *
 * <p>A message that is sent is its name and Result-Code; END is our end of the connection's, or
 * that of both; RST a reset. Where the RFC says "Error" it means {@code I-Disc} or {@code R-Disc}
 * and Closed (§5.6.2). {@code =} is the state before. A pair that is not here does not happen.
 */
final class ModelRows {
  /** A row. {@code next} is null when the state stays. */
  record Row(@Nullable ModelState next, List<String> sent) {}

  private static final String TABLE =
      """
      # ---- the responder (R-): the peer has dialled
      GONE            ACCEPT                                    WAIT_CER        -              §2.1
      WAIT_CER        CER CER_BURST                             WAIT_ADMISSION  -              Closed, R-Conn-CER: R-Accept, Process-CER
      WAIT_CER        CER_WITHOUT_HOST                          GONE            CEA-5005 END   §7.1.5, §7.5
      WAIT_CER        CER_TWO_REALMS                            GONE            CEA-5009 END   §7.1.5
      WAIT_CER        CER_OTHER_APPLICATION                     GONE            CEA-5010 END   §5.3
      WAIT_CER        CER_OWN_IDENTITY                          GONE            CEA-3010 END   §5.6.4: equal identities elect nobody
      WAIT_CER        CER_OTHER_SECURITY                        GONE            CEA-5017 END   §5.3
      WAIT_CER        CER_PROXIABLE                             GONE            CEA-3008 END   §7.1.3
      WAIT_CER        CER_OF_APPLICATION_4                      GONE            CEA-3007 END   §2.5
      WAIT_CER        CEA DWR DWA_TO_NOTHING DPR DPA            GONE            END            §5.6.1: anything but a CER
      WAIT_CER        REQUEST ANSWER_TO_NOTHING REST            GONE            END            §5.6.1
      WAIT_CER        FIN RST STOP CLOSE                        GONE            END
      WAIT_CER        TIMEOUT                                   GONE            END            §5.6.1
      WAIT_ADMISSION  CER DWR DPR DPA REQUEST REQUEST_HELD      =               -              served after the CEA
      WAIT_ADMISSION  DWA_TO_NOTHING ANSWER_TO_NOTHING          =               -              served after the CEA
      WAIT_ADMISSION  ADMIT                                     OPEN            CEA-2001       R-Conn-CER: R-Snd-CEA, R-Open
      WAIT_ADMISSION  REFUSE                                    GONE            CEA-3010 END   §5.3
      WAIT_ADMISSION  FIN RST STOP CLOSE                        GONE            END
      WAIT_ADMISSION  TIMEOUT                                   GONE            END

      # ---- the initiator (I-): we have dialled
      IDLE            DIAL                                      WAIT_CONN_ACK   CONNECT        Closed, Start: I-Snd-Conn-Req
      IDLE            LATE_ACK                                  =               LATE-END       one attempt at a time
      IDLE            RETIRE                                    RETIRED         -
      RETIRED         LATE_ACK                                  =               LATE-END
      WAIT_CONN_ACK   ACK                                       WAIT_CEA        CER            I-Rcv-Conn-Ack: I-Snd-CER
      WAIT_CONN_ACK   NACK                                      IDLE            -              I-Rcv-Conn-Nack: Cleanup
      WAIT_CONN_ACK   TIMEOUT                                   IDLE            -              Timeout: Error
      WAIT_CONN_ACK   LATE_ACK                                  =               LATE-END
      WAIT_CONN_ACK   STOP CLOSE RETIRE                         IDLE            -
      WAIT_CEA        CEA                                       OPEN            -              I-Rcv-CEA: Process-CEA
      WAIT_CEA        CEA_TO_NOTHING CEA_3010 CEA_5012          IDLE            END            no CEA to our CER, or one that says no
      WAIT_CEA        CEA_OTHER_APPLICATION                     IDLE            END            §5.3
      WAIT_CEA        CER DWR DWA_TO_NOTHING DPR DPA            IDLE            END            I-Rcv-Non-CEA: Error
      WAIT_CEA        REQUEST ANSWER_TO_NOTHING REST            IDLE            END            I-Rcv-Non-CEA: Error
      WAIT_CEA        TIMEOUT                                   IDLE            END            Timeout: Error
      WAIT_CEA        FIN RST                                   IDLE            END            I-Peer-Disc: I-Disc
      WAIT_CEA        STOP CLOSE RETIRE                         IDLE            END

      # ---- both, open: R-Open and I-Open
      OPEN            DWR REST                                  =               DWA-2001       Rcv-DWR: Process-DWR, Snd-DWA
      OPEN            DWR_WITHOUT_HOST                          =               DWA-5005       §7.1.5
      OPEN            DWR_PROXIABLE                             =               DWA-3008       §7.1.3
      OPEN            DWR_OF_APPLICATION_4                      =               DWA-3007       §2.5
      OPEN            DWA DWA_5012 DWA_LATE DWA_TO_NOTHING      =               -              Rcv-DWA: Process-DWA
      OPEN            CER CER_WITHOUT_HOST CER_TWO_REALMS       =               CEA-5012       ours: refused, nothing changes
      OPEN            CER_OTHER_APPLICATION CER_OWN_IDENTITY    =               CEA-5012       ours
      OPEN            CER_PROXIABLE                             =               CEA-3008       §7.1.3
      OPEN            CER_OF_APPLICATION_4                      =               CEA-3007       §2.5
      OPEN            CEA CEA_TO_NOTHING CEA_3010               =               -              answers nothing
      OPEN            DPR DPR_BUSY DPR_NOT_WANTED               LEAVING         DPA-2001       Rcv-DPR: Snd-DPA, Closing
      OPEN            DPR_WITHOUT_CAUSE                         =               DPA-5005       §7.1.5
      OPEN            DPA                                       =               -              answers nothing
      OPEN            REQUEST                                   =               ANS-2001       Rcv-Message: Process
      OPEN            REQUEST_HELD                              =               -              Rcv-Message: Process
      OPEN            REQUEST_WITH_E                            =               ANS-3008       §7.1.3
      OPEN            REQUEST_OF_APPLICATION_0                  =               ANS-3001       §7.1.3
      OPEN            REQUEST_OF_APPLICATION_0_PROXIABLE        =               ANS-3007       §7.1.3
      OPEN            ANSWER ANSWER_TO_NOTHING                  =               -              Rcv-Message: Process
      OPEN            ASK                                       =               REQ            Send-Message: Snd-Message
      OPEN            SETTLE                                    =               ANSWERS        Send-Message: Snd-Message
      OPEN            STOP                                      STOPPING        DPR            Stop: Snd-DPR, Closing
      OPEN            RETIRE                                    STOPPING        DPR            Stop: Snd-DPR, Closing
      OPEN            CLOSE                                     over            END
      OPEN            RST                                       over            END            Peer-Disc: Disc
      OPEN            FIN                                       over            END            Peer-Disc: Disc, or HALF_CLOSED when the peer waits for answers
      OPEN            PROBE UNRESPONSIVE WATCHDOG               =               WATCHDOG       RFC 3539: WatchdogModel says what

      # ---- both: Closing
      LEAVING         DPA                                       =               -              ours: it answers no DPR of ours
      STOPPING        DPA                                       over            END            Rcv-DPA: Disc, Closed (§5.4: its receiver closes)
      LEAVING         STOP RETIRE                               =               -
      STOPPING        STOP RETIRE                               =               -
      LEAVING         TIMEOUT                                   over            END            Timeout: Error
      STOPPING        TIMEOUT                                   over            END            Timeout: Error
      LEAVING         DPR DPR_BUSY                              =               DPA-2001
      STOPPING        DPR DPR_BUSY                              =               DPA-2001
      LEAVING         DWR REST                                  =               DWA-2001
      STOPPING        DWR REST                                  =               DWA-2001
      LEAVING         DWA DWA_TO_NOTHING CEA                    =               -
      STOPPING        DWA DWA_TO_NOTHING CEA                    =               -
      LEAVING         CER                                       =               CEA-5012       ours
      STOPPING        CER                                       =               CEA-5012       ours
      LEAVING         REQUEST                                   =               ANS-2001       the owner decides
      STOPPING        REQUEST                                   =               ANS-2001       the owner decides
      LEAVING         REQUEST_HELD ANSWER ANSWER_TO_NOTHING     =               -              §5.4: answers still count
      STOPPING        REQUEST_HELD ANSWER ANSWER_TO_NOTHING     =               -              §5.4: answers still count
      LEAVING         SETTLE                                    =               ANSWERS        §5.4: answers still leave
      STOPPING        SETTLE                                    =               ANSWERS        §5.4: answers still leave
      LEAVING         PROBE UNRESPONSIVE                        =               -              no DWR once it is closing
      STOPPING        PROBE UNRESPONSIVE                        =               -              no DWR once it is closing
      LEAVING         CLOSE RST                                 over            END            Peer-Disc: Disc
      STOPPING        CLOSE RST                                 over            END            Peer-Disc: Disc
      LEAVING         FIN                                       over            END            Peer-Disc: Disc, or HALF_CLOSED as above
      STOPPING        FIN                                       over            END            Peer-Disc: Disc, or HALF_CLOSED as above
      HALF_CLOSED     SETTLE                                    GONE            ANSWERS END    ours: every answer that is owed, then the end
      HALF_CLOSED     TIMEOUT RST CLOSE                         GONE            END
      HALF_CLOSED     STOP PROBE UNRESPONSIVE                   =               -

      # ---- streams that cannot be followed, in every state that reads
      WAIT_CER        TOO_SHORT DWA_OF_VERSION_2                GONE            RST            §2.1
      WAIT_CER        DWR_OF_VERSION_2                          GONE            DWA-5011 END   §7.1.5
      WAIT_CER        PART                                      =               -
      WAIT_CEA        TOO_SHORT DWA_OF_VERSION_2                IDLE            RST            §2.1
      WAIT_CEA        DWR_OF_VERSION_2                          IDLE            DWA-5011 END   §7.1.5
      WAIT_CEA        PART                                      =               -
      OPEN            TOO_SHORT DWA_OF_VERSION_2                over            RST            §2.1
      OPEN            DWR_OF_VERSION_2                          over            DWA-5011 END   §7.1.5
      OPEN            PART                                      =               -
      OPEN            READ_TIMEOUT                              over            END            ours
      STOPPING        READ_TIMEOUT                              over            END            ours
      HALF_CLOSED     READ_TIMEOUT                              GONE            END            ours
      LEAVING         TOO_SHORT                                 over            RST            §2.1
      LEAVING         PART                                      =               -
      STOPPING        TOO_SHORT                                 over            RST            §2.1
      STOPPING        PART                                      =               -
      """;

  /** {@code over} in the table: closed, whoever dialled. */
  private static final ModelState OVER = ModelState.GONE;

  private final Map<ModelState, Map<ModelEvent, Row>> rows = new EnumMap<>(ModelState.class);

  ModelRows() {
    for (String line : TABLE.lines().toList()) {
      if (!line.isBlank() && !line.startsWith("#")) {
        add(line);
      }
    }
  }

  private void add(String line) {
    String[] columns = line.strip().split(" {2,}", -1);
    ModelState state = ModelState.valueOf(columns[0]);
    ModelState next =
        switch (columns[2]) {
          case "=" -> null;
          case "over" -> OVER;
          default -> ModelState.valueOf(columns[2]);
        };
    List<String> sent = columns[3].equals("-") ? List.of() : List.of(columns[3].split(" ", -1));
    for (String event : columns[1].split(" ", -1)) {
      Row before =
          rows.computeIfAbsent(state, _ -> new EnumMap<>(ModelEvent.class))
              .put(ModelEvent.valueOf(event), new Row(next, sent));
      if (before != null) {
        throw new IllegalArgumentException("twice in the table: " + state + " " + event);
      }
    }
  }

  /** What may happen in a state. */
  Map<ModelEvent, Row> of(ModelState state) {
    return rows.getOrDefault(state, Map.of());
  }

  /** Every row on every side that has it, named as {@link PeerModel#pair} does. */
  List<String> pairs() {
    var pairs = new ArrayList<String>();
    rows.forEach((state, events) -> {
      for (ModelEvent event : events.keySet()) {
        if (state.isAccepted() && event != ModelEvent.RETIRE) {
          pairs.add(PeerModel.pair(false, state, event));
        }
        if (state.isDialled()) {
          pairs.add(PeerModel.pair(true, state, event));
        }
      }
    });
    return pairs;
  }
}
