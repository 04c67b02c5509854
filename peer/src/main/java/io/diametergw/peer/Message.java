package io.diametergw.peer;

import io.diametergw.wire.ApplicationId;
import io.diametergw.wire.AvpCode;
import io.diametergw.wire.AvpCursor;
import io.diametergw.wire.Header;
import io.diametergw.wire.MessageBuilder;
import io.diametergw.wire.ResultCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * A whole request or answer (RFC 6733 §3), made by {@link #request}, {@link #answer} or {@link
 * #of}.
 *
 * <p>Immutable, so any thread may use it; it owns its bytes. For programs that speak Diameter; the
 * gateway forwards bytes without making one of these. It is long because it holds the reading, for
 * each type of AVP, and the builder beside it.
 */
public final class Message {
  private final byte[] bytes;
  private final ByteBuf buf;

  private Message(byte[] bytes) {
    this.bytes = bytes;
    this.buf = Unpooled.wrappedBuffer(bytes).asReadOnly();
  }

  /**
   * The message of these bytes, which are copied.
   *
   * @throws IllegalArgumentException unless they are one message whose AVPs have possible lengths
   */
  public static Message of(byte[] bytes) {
    var message = new Message(bytes.clone());
    if (bytes.length < Header.LENGTH || Header.messageLength(message.buf, 0) != bytes.length) {
      throw new IllegalArgumentException("not one message: " + bytes.length + " bytes");
    }
    message.avps(); // throws
    return message;
  }

  /** The message at {@code at} of {@code buf}, which the caller has checked. */
  static Message copyOf(ByteBuf buf, int at, int length) {
    return new Message(ByteBufUtil.getBytes(buf, at, length));
  }

  /**
   * Begins a request with R and P set. The {@link DiameterNode} that sends it chooses the
   * Hop-by-Hop Identifier, and adds End-to-End Identifier, Origin-Host and Origin-Realm where they
   * are missing.
   */
  public static Builder request(int commandCode, int applicationId) {
    return new Builder(Header.REQUEST | Header.PROXIABLE, commandCode, applicationId, 0, 0);
  }

  /**
   * Begins the answer to this request (RFC 6733 §6.2): same command, application, identifiers and
   * P; its Session-Id first, if it has one; then Result-Code. Origin-Host and Origin-Realm are
   * filled in by the {@link DiameterNode}; Proxy-Info comes last.
   *
   * @param resultCode the Result-Code; 3xxx sets the E bit (RFC 6733 §7.1.3)
   */
  public Builder answer(int resultCode) {
    int flags = flags() & Header.PROXIABLE | (resultCode / 1000 == 3 ? Header.ERROR : 0);
    var answer = new Builder(flags, commandCode(), applicationId(), hopByHopId(), endToEndId());
    find(AvpCode.SESSION_ID).ifPresent(answer::copy);
    answer.unsigned32(AvpCode.RESULT_CODE, resultCode);
    for (Avp avp : avps()) {
      if (avp.is(AvpCode.PROXY_INFO, 0)) {
        answer.last.add(avp);
      }
    }
    return answer;
  }

  /** As {@link #answer(int)}. */
  public Builder answer(ResultCode resultCode) {
    return answer(resultCode.code());
  }

  // ------------------------------------------------------------------ header

  public boolean isRequest() {
    return Header.isRequest(buf, 0);
  }

  /** Command flags, as {@link Header} names them. */
  public int flags() {
    return Header.flags(buf, 0);
  }

  public int commandCode() {
    return Header.commandCode(buf, 0);
  }

  /** Application-ID, an Unsigned32 in an int. */
  public int applicationId() {
    return Header.applicationId(buf, 0);
  }

  public int hopByHopId() {
    return Header.hopByHopId(buf, 0);
  }

  public int endToEndId() {
    return Header.endToEndId(buf, 0);
  }

  /** The whole message; a copy. */
  public byte[] bytes() {
    return bytes.clone();
  }

  // ------------------------------------------------------------------ AVPs

  /**
   * The AVPs, in order.
   *
   * @throws IllegalArgumentException at an AVP whose length cannot be true
   */
  public List<Avp> avps() {
    return avps(bytes, Header.LENGTH, bytes.length);
  }

  /** The first AVP of the base protocol with this code. */
  public Optional<Avp> find(int code) {
    return find(code, 0);
  }

  /** The first AVP with this code and Vendor-ID; 0 is none. */
  public Optional<Avp> find(int code, int vendorId) {
    return avps().stream().filter(avp -> avp.is(code, vendorId)).findFirst();
  }

  /** Every AVP with this code and Vendor-ID; 0 is none. */
  public List<Avp> findAll(int code, int vendorId) {
    return avps().stream().filter(avp -> avp.is(code, vendorId)).toList();
  }

  /**
   * The value of Result-Code; empty without a proper one (a request, or Experimental-Result
   * instead).
   */
  public OptionalInt resultCode() {
    return avps().stream()
        .filter(avp -> avp.is(AvpCode.RESULT_CODE, 0) && avp.data.length == 4)
        .mapToInt(Avp::unsigned32)
        .findFirst();
  }

  /** The Session-Id, or "" without one. */
  public String sessionId() {
    return text(AvpCode.SESSION_ID);
  }

  /** The text of the first AVP of the base protocol with this code, or "" without one. */
  public String text(int code) {
    return find(code).map(Avp::text).orElse("");
  }

  private static List<Avp> avps(byte[] bytes, int from, int to) {
    var avps = new ArrayList<Avp>();
    var cursor = new AvpCursor().over(Unpooled.wrappedBuffer(bytes), from, to);
    while (cursor.next()) {
      byte[] data =
          Arrays.copyOfRange(bytes, cursor.dataAt(), cursor.dataAt() + cursor.dataLength());
      avps.add(new Avp(cursor.code(), cursor.flags(), cursor.vendorId(), data));
    }
    if (cursor.malformed()) {
      throw new IllegalArgumentException(cursor.fault() + " at byte " + cursor.at());
    }
    return avps;
  }

  /** One AVP (RFC 6733 §4.1). Immutable. */
  public static final class Avp {
    private final int code;
    private final int flags;
    private final int vendorId;
    private final byte[] data;

    private Avp(int code, int flags, int vendorId, byte[] data) {
      this.code = code;
      this.flags = flags;
      this.vendorId = vendorId;
      this.data = data;
    }

    public int code() {
      return code;
    }

    /** AVP flags, as {@link AvpCursor} names them. */
    public int flags() {
      return flags;
    }

    /** Vendor-ID, or 0 without one. */
    public int vendorId() {
      return vendorId;
    }

    /** Whether it has this code and Vendor-ID; 0 is none. */
    public boolean is(int code, int vendorId) {
      return this.code == code && this.vendorId == vendorId;
    }

    /** The data; a copy. */
    public byte[] octets() {
      return data.clone();
    }

    /** The data as UTF8String, DiameterIdentity or DiameterURI. */
    public String text() {
      return new String(data, StandardCharsets.UTF_8);
    }

    /**
     * The data as Unsigned32, Integer32 or Enumerated.
     *
     * @throws IllegalArgumentException unless it is 4 bytes long
     */
    public int unsigned32() {
      return wrapped(4).getInt(0);
    }

    /**
     * The data as Unsigned64 or Integer64.
     *
     * @throws IllegalArgumentException unless it is 8 bytes long
     */
    public long unsigned64() {
      return wrapped(8).getLong(0);
    }

    /**
     * The AVPs inside this Grouped AVP, in order.
     *
     * @throws IllegalArgumentException when it is none
     */
    public List<Avp> avps() {
      return Message.avps(data, 0, data.length);
    }

    /** The first AVP of the base protocol with this code inside this Grouped AVP. */
    public Optional<Avp> find(int code) {
      return find(code, 0);
    }

    /** The first AVP with this code and Vendor-ID inside this Grouped AVP. */
    public Optional<Avp> find(int code, int vendorId) {
      return avps().stream().filter(avp -> avp.is(code, vendorId)).findFirst();
    }

    private ByteBuf wrapped(int expected) {
      if (data.length != expected) {
        throw new IllegalArgumentException(
            "AVP " + code + " has " + data.length + " bytes of data instead of " + expected);
      }
      return Unpooled.wrappedBuffer(data);
    }

    private void writeTo(MessageBuilder out) {
      out.octets(code, flags, vendorId, data);
    }

    @Override
    public String toString() {
      return "AVP "
          + code
          + (vendorId == 0 ? "" : " vendor " + vendorId)
          + " "
          + data.length
          + " B";
    }
  }

  /**
   * Makes a message. Values are written with M set, except where the caller gives flags; V is set
   * where a vendor is given. Used by one thread.
   */
  public static final class Builder {
    private final int commandCode;
    private final int applicationId;
    private final List<Avp> avps = new ArrayList<>();
    private final List<Avp> last = new ArrayList<>();
    private int flags;
    private int hopByHopId;
    private int endToEndId;

    private Builder(int flags, int commandCode, int applicationId, int hopByHopId, int endToEndId) {
      this.flags = flags;
      this.commandCode = commandCode;
      this.applicationId = applicationId;
      this.hopByHopId = hopByHopId;
      this.endToEndId = endToEndId;
    }

    /** Replaces the command flags. */
    public Builder flags(int flags) {
      this.flags = flags;
      return this;
    }

    public Builder hopByHopId(int hopByHopId) {
      this.hopByHopId = hopByHopId;
      return this;
    }

    public Builder endToEndId(int endToEndId) {
      this.endToEndId = endToEndId;
      return this;
    }

    /** Adds a UTF8String, DiameterIdentity or DiameterURI of the base protocol. */
    public Builder text(int code, String value) {
      return text(code, 0, value);
    }

    /** Adds a UTF8String; vendor 0 is the base protocol. */
    public Builder text(int code, int vendorId, String value) {
      return octets(code, vendorId, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds an Unsigned32, Integer32 or Enumerated of the base protocol. */
    public Builder unsigned32(int code, int value) {
      return unsigned32(code, 0, value);
    }

    /** Adds an Unsigned32, Integer32 or Enumerated; vendor 0 is the base protocol. */
    public Builder unsigned32(int code, int vendorId, int value) {
      return octets(code, vendorId, Unpooled.copyInt(value).array());
    }

    /** Adds an Unsigned64 or Integer64; vendor 0 is the base protocol. */
    public Builder unsigned64(int code, int vendorId, long value) {
      return octets(code, vendorId, Unpooled.copyLong(value).array());
    }

    /** Adds an OctetString; vendor 0 is the base protocol. */
    public Builder octets(int code, int vendorId, byte[] value) {
      return avp(code, AvpCursor.MANDATORY, vendorId, value);
    }

    /** Adds an AVP with flags of the caller's choice; V follows from {@code vendorId}. */
    public Builder avp(int code, int flags, int vendorId, byte[] value) {
      int vendorFlag = vendorId == 0 ? 0 : AvpCursor.VENDOR;
      avps.add(new Avp(code, flags & ~AvpCursor.VENDOR | vendorFlag, vendorId, value.clone()));
      return this;
    }

    /** Adds an Address (RFC 6733 §4.3.1). */
    public Builder address(int code, InetAddress address) {
      byte[] ip = address.getAddress();
      byte[] value = new byte[2 + ip.length];
      value[1] = (byte) (ip.length == 4 ? 1 : 2); // address family: IPv4, IPv6
      System.arraycopy(ip, 0, value, 2, ip.length);
      return octets(code, 0, value);
    }

    /** Adds a Grouped AVP of the base protocol with what {@code members} adds. */
    public Builder group(int code, Consumer<Builder> members) {
      return group(code, 0, members);
    }

    /** Adds a Grouped AVP with what {@code members} adds; vendor 0 is the base protocol. */
    public Builder group(int code, int vendorId, Consumer<Builder> members) {
      var inside = new Builder(0, 0, 0, 0, 0);
      members.accept(inside);
      byte[] message = inside.build().bytes;
      return octets(code, vendorId, Arrays.copyOfRange(message, Header.LENGTH, message.length));
    }

    /** Adds an AVP of another message. */
    public Builder copy(Avp avp) {
      avps.add(avp);
      return this;
    }

    /** The message. */
    public Message build() {
      ByteBuf out = Unpooled.buffer();
      var message =
          MessageBuilder.begin(out, flags, commandCode, applicationId, hopByHopId, endToEndId);
      avps.forEach(avp -> avp.writeTo(message));
      last.forEach(avp -> avp.writeTo(message));
      message.end();
      return new Message(ByteBufUtil.getBytes(out));
    }
  }

  /**
   * This message with what a node adds to what it sends: its name, and to a request its End-to-End
   * Identifier.
   */
  Message completed(LocalNode node) {
    int endToEndId = isRequest() && endToEndId() == 0 ? EndToEndIds.next() : endToEndId();
    var whole = new Builder(flags(), commandCode(), applicationId(), hopByHopId(), endToEndId);
    whole.avps.addAll(avps());
    if (find(AvpCode.ORIGIN_HOST).isEmpty()) {
      var name = new Builder(0, 0, 0, 0, 0);
      name.octets(AvpCode.ORIGIN_HOST, 0, node.originHost().bytes());
      name.octets(AvpCode.ORIGIN_REALM, 0, node.originRealm().bytes());
      boolean session = !whole.avps.isEmpty() && whole.avps.get(0).is(AvpCode.SESSION_ID, 0);
      whole.avps.addAll(session ? 1 : 0, name.avps); // Session-Id comes first (RFC 6733 §8.8)
    }
    return whole.build();
  }

  /** Writes it with another Hop-by-Hop Identifier. */
  void writeTo(ByteBuf out, int hopByHopId) {
    int at = out.writerIndex();
    out.writeBytes(bytes);
    Header.patchHopByHopId(out, at, hopByHopId);
  }

  int length() {
    return bytes.length;
  }

  /** For logs: which command, identifiers, length and result; no contents. */
  @Override
  public String toString() {
    String kind = isRequest() ? "request" : "answer";
    String application =
        applicationId() == ApplicationId.RELAY
            ? "relay"
            : Integer.toUnsignedString(applicationId());
    return String.format(
        Locale.ROOT,
        "%s %d/%s hbh %08x e2e %08x %d B%s",
        kind,
        commandCode(),
        application,
        hopByHopId(),
        endToEndId(),
        bytes.length,
        resultCode().isPresent() ? " " + resultCode().getAsInt() : "");
  }
}
