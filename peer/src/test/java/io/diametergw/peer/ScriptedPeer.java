package io.diametergw.peer;

import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.CommandCode;
import io.diametergw.wire.Header;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** A peer that does what a test says, byte by byte, over a blocking socket. */
final class ScriptedPeer implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 5000;
  static final int CREDIT_CONTROL = 272;

  private final Socket socket;

  /** How a connection ended. */
  enum End {
    FIN,
    RST
  }

  ScriptedPeer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
  }

  static ScriptedPeer dial(InetSocketAddress address) throws IOException {
    return new ScriptedPeer(new Socket(InetAddress.getLoopbackAddress(), address.getPort()));
  }

  static ServerSocket listen() throws IOException {
    var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    server.setSoTimeout(PATIENCE_MILLIS);
    return server;
  }

  static ScriptedPeer accept(ServerSocket server) throws IOException {
    return new ScriptedPeer(server.accept());
  }

  /** Connects and exchanges capabilities. */
  static ScriptedPeer open(InetSocketAddress address) throws IOException {
    ScriptedPeer peer = dial(address);
    peer.send(cer().build());
    Message cea = peer.receive();
    if (cea.resultCode().orElse(0) != 2001) {
      throw new IOException("expected a CEA with 2001 but was " + cea);
    }
    return peer;
  }

  void send(Message... messages) throws IOException {
    var out = new ByteArrayOutputStream();
    for (Message message : messages) {
      out.writeBytes(message.bytes());
    }
    send(out.toByteArray());
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  Message receive() throws IOException {
    byte[] start = socket.getInputStream().readNBytes(4);
    if (start.length < 4) {
      throw new EOFException("FIN instead of a message");
    }
    int length = ByteBuffer.wrap(start).getInt() & 0xFFFFFF;
    byte[] rest = socket.getInputStream().readNBytes(length - 4);
    return Message.of(ByteBuffer.allocate(length).put(start).put(rest).array());
  }

  /** Waits for the end; a message before it is a failure. */
  End end() throws IOException {
    try {
      byte[] more = socket.getInputStream().readNBytes(20);
      if (more.length != 0) {
        throw new IOException("expected the end but was " + HexFormat.of().formatHex(more));
      }
      return End.FIN;
    } catch (SocketException e) {
      return End.RST;
    }
  }

  /**
   * Nothing else was sent before the answer to the DWR that is sent now, and the connection lives.
   */
  void expectSilence() throws IOException {
    send(dwr().hopByHopId(0x51E11CE).build());
    Message next = receive();
    if (next.hopByHopId() != 0x51E11CE || next.isRequest()) {
      throw new IOException("expected silence but was " + next);
    }
  }

  /** Sends FIN and goes on reading. */
  void halfClose() throws IOException {
    socket.shutdownOutput();
  }

  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  Socket socket() {
    return socket;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---------------------------------------------------------------- messages

  static Message.Builder base(int command) {
    return Message.request(command, 0)
        .flags(Header.REQUEST)
        .hopByHopId(0x11223344)
        .endToEndId(0x55667788);
  }

  static Message.Builder named(Message.Builder message) {
    return message
        .text(AvpCode.ORIGIN_HOST, "app1.local.test")
        .text(AvpCode.ORIGIN_REALM, "local.test");
  }

  /** A CER of app1.local.test that advertises application 4. */
  static Message.Builder cer() {
    return cer(4);
  }

  static Message.Builder cer(int applicationId) {
    return self(named(base(CommandCode.CAPABILITIES_EXCHANGE)))
        .unsigned32(AvpCode.AUTH_APPLICATION_ID, applicationId);
  }

  static Message.Builder self(Message.Builder message) {
    return message
        .address(AvpCode.HOST_IP_ADDRESS, InetAddress.getLoopbackAddress())
        .unsigned32(AvpCode.VENDOR_ID, 10415)
        .avp(AvpCode.PRODUCT_NAME, 0, 0, new byte[] {'a', 'p', 'p'});
  }

  /** A CEA with 2001 to this CER. */
  static Message.Builder cea(Message cer) {
    return cea(cer, 2001).unsigned32(AvpCode.AUTH_APPLICATION_ID, 4);
  }

  static Message.Builder cea(Message cer, int resultCode) {
    return self(
        cer.answer(resultCode)
            .text(AvpCode.ORIGIN_HOST, "dra1.remote.test")
            .text(AvpCode.ORIGIN_REALM, "remote.test"));
  }

  static Message.Builder dwr() {
    return named(base(CommandCode.DEVICE_WATCHDOG));
  }

  static Message.Builder dpr(int cause) {
    return named(base(CommandCode.DISCONNECT_PEER)).unsigned32(AvpCode.DISCONNECT_CAUSE, cause);
  }

  /** A Credit-Control-Request of application 4. */
  static Message.Builder ccr(int number) {
    return named(
            Message.request(CREDIT_CONTROL, 4)
                .hopByHopId(number)
                .endToEndId(number)
                .text(AvpCode.SESSION_ID, "app1.local.test;1;" + number))
        .text(AvpCode.DESTINATION_REALM, "remote.test")
        .unsigned32(AvpCode.AUTH_APPLICATION_ID, 4);
  }

  /** The flags of every AVP a node may write (RFC 6733 §4.5, CONF-AVP-18). */
  static boolean hasLegalFlags(Message.Avp avp) {
    return switch (avp.code()) {
      case AvpCode.ERROR_MESSAGE,
          AvpCode.ERROR_REPORTING_HOST,
          AvpCode.PRODUCT_NAME,
          AvpCode.FIRMWARE_REVISION ->
          avp.flags() == 0;
      default -> avp.flags() == AvpCursor.MANDATORY;
    };
  }
}
