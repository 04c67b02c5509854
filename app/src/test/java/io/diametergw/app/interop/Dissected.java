package io.diametergw.app.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.diametergw.app.process.Capture;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What tshark thinks of what the gateway sent. A warning about a message that a peer sent and the
 * gateway passed on is the peer's: told, but no failure.
 */
final class Dissected {
  private final Capture capture;
  private final List<Capture.Frame> frames;
  private final Map<String, Long> passedOn = new TreeMap<>();
  private final Set<String> wrong = new TreeSet<>();

  Dissected(Capture capture) {
    this.capture = capture;
    this.frames = capture.frames();
    var received = new HashSet<String>(); // a warning and the message that it was about
    for (var frame : frames) {
      if (!frame.ofGateway()) {
        warnings(frame)
            .forEach(text -> frame.messages().forEach(message -> received.add(key(text, message))));
      }
    }
    for (var frame : frames) {
      if (frame.ofGateway()) {
        judge(frame, received);
      }
    }
  }

  private void judge(Capture.Frame frame, Set<String> received) {
    for (String text : warnings(frame)) {
      if (frame.messages().stream().anyMatch(message -> received.contains(key(text, message)))) {
        passedOn.merge(text, 1L, Long::sum);
      } else {
        wrong.add(names(frame) + ": " + text + " (frame " + frame.number() + ")");
      }
    }
  }

  private static List<String> warnings(Capture.Frame frame) {
    var texts =
        frame.notes().stream()
            .filter(Capture.Note::isWarningAboutDiameter)
            .map(Capture.Note::text)
            .collect(Collectors.toList());
    if (!frame.malformed().isEmpty()) {
      texts.add("malformed: " + frame.malformed());
    }
    return texts;
  }

  private static String key(String text, Capture.Message message) {
    return message.endToEnd() + " " + message.name() + " " + text;
  }

  private static String names(Capture.Frame frame) {
    return frame.messages().stream().map(Capture.Message::name).collect(Collectors.joining("+"));
  }

  /** Fails when tshark finds anything wrong in what the gateway said of its own. */
  void assertGatewaySentGoodMessages() {
    assertThat(frames).as("frames with Diameter in %s", capture).isNotEmpty();
    assertThat(wrong).as("what tshark finds wrong in what the gateway sent, %s", capture).isEmpty();
  }

  /** What the peers called themselves in CER and CEA: Product-Name and Firmware-Revision. */
  String versions() {
    var versions = new TreeSet<String>();
    capture
        .fields(
            "diameter.cmd.code == 257",
            "frame.number",
            "diameter.Product-Name",
            "diameter.Firmware-Revision")
        .forEach(row -> {
          int number = Integer.parseInt(row.getFirst().getFirst());
          if (frames.stream().anyMatch(f -> f.number() == number && !f.ofGateway())) {
            versions.add(
                (String.join(", ", row.get(1)) + " " + String.join(", ", row.get(2))).strip());
          }
        });
    return versions.isEmpty()
        ? ""
        : versions.stream().collect(Collectors.joining("\", \"", ", says \"", "\""));
  }

  /** Messages by command both ways, and tshark's verdict. */
  @Override
  public String toString() {
    return "gateway sent "
        + counts(true)
        + ", received "
        + counts(false)
        + "; tshark: "
        + (wrong.isEmpty() ? "0 malformed, 0 warnings" : wrong.size() + " WRONG")
        + (passedOn.isEmpty() ? "" : ", passed on as a peer wrote it: " + passedOn);
  }

  private String counts(boolean ofGateway) {
    return frames.stream()
        .flatMap(frame -> frame.messages().stream())
        .filter(message -> message.ofGateway() == ofGateway)
        .collect(Collectors.groupingBy(Capture.Message::name, TreeMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }
}
