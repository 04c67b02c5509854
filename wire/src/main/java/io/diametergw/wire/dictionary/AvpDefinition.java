package io.diametergw.wire.dictionary;

import java.util.List;
import java.util.Map;

/**
 * What a specification says about one AVP.
 *
 * @param vendorId 0 for the IETF's
 * @param mandatory whether a sender sets the M bit
 * @param values names of an Enumerated's values
 * @param bits names of a bit mask's bits; bit 0 is the least significant
 * @param members names of the AVPs that a Grouped AVP is known to hold, in the specification's
 *     order
 */
public record AvpDefinition(
    int code,
    int vendorId,
    String name,
    AvpType type,
    boolean mandatory,
    Map<Integer, String> values,
    Map<Integer, String> bits,
    List<String> members) {

  /** Several lines that tell a reader all of it. */
  public String describe() {
    var text = new StringBuilder(name).append(" (").append(Integer.toUnsignedString(code));
    if (vendorId != 0) {
      text.append(", ").append(Dictionary.vendor(vendorId));
    }
    text.append(") ")
        .append(type.displayName())
        .append(mandatory ? ", M bit set\n" : ", M bit clear\n");
    values.forEach((value, meaning) ->
        text.append("  ").append(value).append(' ').append(meaning).append('\n'));
    bits.forEach((bit, meaning) ->
        text.append("  bit ").append(bit).append(' ').append(meaning).append('\n'));
    members.forEach(member -> text.append("  ").append(member).append('\n'));
    return text.toString();
  }
}
