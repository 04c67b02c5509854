package io.diametergw.app.process;

import java.io.UncheckedIOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Another machine, as far as the network is concerned: a network namespace with one link to this
 * one, whose packets can be dropped or slowed down.
 *
 * <p>Needs root, iproute2 and iptables. {@code -Dfaults.without-namespaces} leaves out the
 * scenarios that need it.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final String SWITCHED_OFF = "faults.without-namespaces";
  private static final String NEEDS =
      "this scenario needs network namespaces: run it as root (CAP_NET_ADMIN and CAP_SYS_ADMIN)"
          + " with iproute2 and iptables installed (apt-get install iproute2 iptables), or leave"
          + " such scenarios out with -D"
          + SWITCHED_OFF
          + ": ";
  private static final AtomicInteger NEXT = new AtomicInteger();
  private static final int ATTEMPTS = 20;

  private final String name;
  private final String outside; // the end of the link in this namespace
  private final String network; // 10.x.y.

  private NetworkNamespace(String name, String network) {
    this.name = name;
    this.outside = name + "o";
    this.network = network;
  }

  /** Whether scenarios that need namespaces are to be left out. */
  public static boolean areSwitchedOff() {
    String value = System.getProperty(SWITCHED_OFF, "false");
    return value.isEmpty() || Boolean.parseBoolean(value);
  }

  /** Makes a namespace and its link. */
  public static NetworkNamespace create() {
    String name =
        String.format(
            Locale.ROOT, "dgw%d-%d", ProcessHandle.current().pid(), NEXT.getAndIncrement());
    var namespace = new NetworkNamespace(name, freeNetwork());
    try {
      namespace.make();
      return namespace;
    } catch (AssertionError | UncheckedIOException e) {
      namespace.close();
      throw new AssertionError(NEEDS + e.getMessage(), e);
    }
  }

  private void make() {
    String inside = name + "i";
    Commands.run("ip", "netns", "add", name);
    Commands.run(
        "ip", "link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name);
    Commands.run("ip", "address", "add", network + "1/30", "dev", outside);
    Commands.run("ip", "link", "set", outside, "up");
    run("ip", "address", "add", network + "2/30", "dev", inside);
    run("ip", "link", "set", inside, "up");
    run("ip", "link", "set", "lo", "up");
    run("iptables", "-L", "-n");
  }

  /** The first three numbers of a network that no interface of this machine has. */
  private static String freeNetwork() {
    var random = ThreadLocalRandom.current();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      String network = "10." + random.nextInt(64, 250) + "." + random.nextInt(1, 250) + ".";
      try {
        if (NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .noneMatch(address -> address.getHostAddress().startsWith(network))) {
          return network;
        }
      } catch (SocketException e) {
        throw new UncheckedIOException(e);
      }
    }
    throw new AssertionError("no free network");
  }

  /** The address of this machine on the link. */
  public String hostAddress() {
    return network + "1";
  }

  /** The address of the other machine on the link. */
  public String address() {
    return network + "2";
  }

  /** What stands before a command that is to run there. */
  public List<String> prefix() {
    return List.of("ip", "netns", "exec", name);
  }

  /** Runs a command there. */
  public String run(String... command) {
    var whole = new ArrayList<>(prefix());
    whole.addAll(List.of(command));
    return Commands.run(whole);
  }

  /** Drops every packet, both ways, without a word. */
  public void dropAll() {
    run("iptables", "-I", "INPUT", "-j", "DROP");
    run("iptables", "-I", "OUTPUT", "-j", "DROP");
  }

  /** Drops each packet with that probability, both ways. */
  public void drop(double probability) {
    String chance = String.format(Locale.ROOT, "%.4f", probability);
    for (String chain : List.of("INPUT", "OUTPUT")) {
      run(
          "iptables",
          "-I",
          chain,
          "-m",
          "statistic",
          "--mode",
          "random",
          "--probability",
          chance,
          "-j",
          "DROP");
    }
  }

  /** Drops nothing any more. */
  public void passAll() {
    run("iptables", "-F");
  }

  /**
   * Limits what is sent towards that machine.
   *
   * @param rate such as {@code 10mbit}
   * @param burst such as {@code 32kb}
   * @param latency how long a packet may wait in the queue before it is dropped: {@code 50ms}
   */
  public void limitTowards(String rate, String burst, String latency) {
    Commands.run(
        "tc", "qdisc", "replace", "dev", outside, "root", "tbf", "rate", rate, "burst", burst,
        "latency", latency);
  }

  /** Limits nothing any more. */
  public void unlimit() {
    Commands.run("tc", "qdisc", "del", "dev", outside, "root");
  }

  /** Removes the link and the namespace; what still runs there is without a network. */
  @Override
  public void close() {
    for (var command :
        List.of(List.of("ip", "link", "del", outside), List.of("ip", "netns", "del", name))) {
      try {
        Commands.run(command);
      } catch (AssertionError | UncheckedIOException e) {
        // it was never made
      }
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
