package io.diametergw.app.process;

import io.diametergw.wire.dictionary.Dictionary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What the gateway and its peers say on the loopback address, captured by Wireshark's dumpcap and
 * read by tshark, whose dissector shares no code with ours.
 *
 * <p>The gateway is told apart by ports: it sends from the one it listens on, and to those that it
 * dials.
 */
public final class Capture implements AutoCloseable {
  private static final String PACKAGE = "tshark";
  private static final Pattern BEGUN = Pattern.compile("^File: ");
  private static final Pattern DROPPED = Pattern.compile("received/dropped on .*: \\d+/(\\d+) ");
  private static final String AGGREGATOR = "\u0001";
  private static final Duration QUIET = Duration.ofMillis(1200); // longer than dumpcap's own delays
  private static final long SEQUENCE = 0x02000000; // TCP's expert group: retransmitted, reset, …
  private static final long WARNING = 0x00600000;

  private final Path file;
  private final LoggedProcess dumpcap;
  private final Set<Integer> gatewayPorts;
  private final Set<Integer> peerPorts;
  private boolean stopped;

  /**
   * A message.
   *
   * @param endToEnd as tshark writes it
   */
  public record Message(boolean ofGateway, int command, boolean request, String endToEnd) {
    /** Such as CCR. */
    public String name() {
      return Dictionary.command(command, request);
    }
  }

  /** What tshark's experts say about a frame. */
  public record Note(String text, long severity, long group) {
    /** Whether it is more than a remark, and not about TCP. */
    public boolean isWarningAboutDiameter() {
      return severity >= WARNING && group != SEQUENCE;
    }
  }

  /** A frame with the end of at least one message. */
  public record Frame(
      int number, boolean ofGateway, List<Message> messages, String malformed, List<Note> notes) {}

  private Capture(
      Path file, LoggedProcess dumpcap, Set<Integer> gatewayPorts, Set<Integer> peerPorts) {
    this.file = file;
    this.dumpcap = dumpcap;
    this.gatewayPorts = gatewayPorts;
    this.peerPorts = peerPorts;
  }

  /**
   * Begins, and returns when nothing will be missed.
   *
   * @param gatewayPorts where gateways listen
   * @param peerPorts where peers listen that gateways dial
   */
  public static Capture start(Path folder, Set<Integer> gatewayPorts, Set<Integer> peerPorts) {
    var file = folder.resolve("capture.pcapng");
    var filter =
        IntStream.concat(ints(gatewayPorts), ints(peerPorts))
            .mapToObj(port -> "tcp port " + port)
            .collect(Collectors.joining(" or "));
    DebianProgram.path("tshark", PACKAGE);
    var dumpcap =
        LoggedProcess.start(
            folder.resolve("dumpcap.log"),
            List.of(
                DebianProgram.path("dumpcap", "wireshark-common"),
                "-q",
                "-i",
                "lo",
                "-f",
                filter,
                "-w",
                file.toString()));
    var capture = new Capture(file, dumpcap, Set.copyOf(gatewayPorts), Set.copyOf(peerPorts));
    try {
      dumpcap.await(BEGUN, System.nanoTime() - LoggedProcess.PATIENCE.toNanos());
      return capture;
    } catch (AssertionError e) {
      capture.close();
      throw e;
    }
  }

  private static IntStream ints(Set<Integer> set) {
    return set.stream().mapToInt(Integer::intValue);
  }

  /** Ends when what was said so far is in the file. Nothing may have been missed. */
  public void stop() {
    if (stopped) {
      return;
    }
    stopped = true;
    awaitQuiet();
    dumpcap.signal("INT");
    dumpcap.awaitEnd(LoggedProcess.PATIENCE);
    var dropped =
        DROPPED.matcher(dumpcap.await(DROPPED, dumpcap.lines().getFirst().nanos()).text());
    if (!dropped.find() || !dropped.group(1).equals("0")) {
      throw new AssertionError("dumpcap missed packets\n" + dumpcap.tail());
    }
  }

  private void awaitQuiet() {
    try {
      long end = System.nanoTime() + LoggedProcess.PATIENCE.toNanos();
      long size = -1;
      while (size != Files.size(file) && System.nanoTime() - end < 0) {
        size = Files.size(file);
        LockSupport.parkNanos(QUIET.toNanos());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every frame that ends a Diameter message; the capture has been stopped. */
  public List<Frame> frames() {
    var rows =
        fields(
            "diameter",
            "frame.number",
            "tcp.srcport",
            "tcp.dstport",
            "diameter.cmd.code",
            "diameter.flags.request",
            "diameter.endtoendid",
            "_ws.malformed",
            "_ws.expert.message",
            "_ws.expert.severity",
            "_ws.expert.group");
    return rows.stream().map(this::frame).toList();
  }

  private Frame frame(List<List<String>> row) {
    boolean ofGateway =
        gatewayPorts.contains(Integer.valueOf(row.get(1).getFirst()))
            || peerPorts.contains(Integer.valueOf(row.get(2).getFirst()));
    var messages = new ArrayList<Message>();
    for (int i = 0; i < row.get(3).size(); i++) {
      messages.add(
          new Message(
              ofGateway,
              Integer.parseInt(row.get(3).get(i)),
              row.get(4).get(i).matches("1|True"),
              row.get(5).get(i)));
    }
    var notes = new ArrayList<Note>();
    for (int i = 0; i < row.get(7).size(); i++) {
      notes.add(
          new Note(
              row.get(7).get(i), Long.decode(row.get(8).get(i)), Long.decode(row.get(9).get(i))));
    }
    return new Frame(
        Integer.parseInt(row.getFirst().getFirst()),
        ofGateway,
        messages,
        String.join(", ", row.get(6)),
        notes);
  }

  /**
   * What tshark finds in the frames that its display filter lets pass: for each frame and field all
   * values. The capture has been stopped.
   */
  public List<List<List<String>>> fields(String filter, String... fields) {
    var command = new ArrayList<>(List.of(DebianProgram.path("tshark", PACKAGE), "-n", "-r"));
    command.add(file.toString());
    IntStream.concat(ints(gatewayPorts), ints(peerPorts))
        .forEach(port -> command.addAll(List.of("-d", "tcp.port==" + port + ",diameter")));
    command.addAll(List.of("-Y", filter, "-T", "fields", "-E", "aggregator=" + AGGREGATOR));
    Arrays.stream(fields).forEach(field -> command.addAll(List.of("-e", field)));
    return Commands.output(file.resolveSibling("tshark.txt"), command)
        .lines()
        .map(line -> Arrays.stream(line.split("\t", -1)).map(Capture::values).toList())
        .toList();
  }

  private static List<String> values(String column) {
    return column.isEmpty() ? List.of() : List.of(column.split(AGGREGATOR, -1));
  }

  /** Ends at once if it still runs. */
  @Override
  public void close() {
    dumpcap.close();
  }

  @Override
  public String toString() {
    return "Capture[" + file + "]";
  }
}
