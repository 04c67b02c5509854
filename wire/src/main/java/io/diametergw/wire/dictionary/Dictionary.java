package io.diametergw.wire.dictionary;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Names of applications, commands, AVPs, results and vendors, as the specifications write them.
 *
 * <p>Read from the text files beside this class when first asked, once. Whatever it does not know
 * it shows as a number. Immutable, for any thread.
 */
public final class Dictionary {
  private Dictionary() {}

  /** Holds the tables; the class loader makes reading them lazy and safe. */
  private static final class Tables {
    static final DictionaryReader READ = DictionaryReader.readAll();
  }

  /** The AVP of this code, or null when unknown; {@code vendorId} is 0 for the IETF's. */
  public static @Nullable AvpDefinition avp(int code, int vendorId) {
    return Tables.READ.avps.get(key(vendorId, code));
  }

  /**
   * The AVPs of this name without regard to case; a few names were given twice, as Service-Type and
   * User-Data.
   */
  public static List<AvpDefinition> avps(String name) {
    return avps().stream().filter(avp -> avp.name().equalsIgnoreCase(name)).toList();
  }

  /** Every AVP, in the order of the files. */
  public static Collection<AvpDefinition> avps() {
    return Tables.READ.avps.values();
  }

  /** The abbreviation of a request or answer, as CCR or CCA; an unknown command's code. */
  public static String command(int code, boolean request) {
    var names = Tables.READ.commands.get(code);
    return names == null ? Integer.toString(code) : names.abbreviation() + (request ? 'R' : 'A');
  }

  /** A command's long name, as Credit-Control; an unknown command's code. */
  public static String commandName(int code) {
    var names = Tables.READ.commands.get(code);
    return names == null ? Integer.toString(code) : names.name();
  }

  /** An application's name, as Gx, or null when unknown. */
  public static @Nullable String application(int id) {
    return Tables.READ.applications.get(id);
  }

  /** A vendor's name, as 3GPP; an unknown vendor's number. */
  public static String vendor(int id) {
    var name = Tables.READ.vendors.get(id);
    return name == null ? Integer.toUnsignedString(id) : name;
  }

  /** Whether the vendor has a name. */
  static boolean knowsVendor(int id) {
    return Tables.READ.vendors.containsKey(id);
  }

  /** The name of a Result-Code, as DIAMETER_TOO_BUSY, or null when unknown. */
  public static @Nullable String result(int code) {
    return Tables.READ.results.get(key(0, code));
  }

  /** The name of a vendor's Experimental-Result-Code, or null when unknown. */
  public static @Nullable String experimentalResult(int vendorId, int code) {
    return vendorId == 0 ? null : Tables.READ.results.get(key(vendorId, code));
  }

  static long key(int vendorId, int code) {
    return (long) vendorId << 32 | Integer.toUnsignedLong(code);
  }
}
