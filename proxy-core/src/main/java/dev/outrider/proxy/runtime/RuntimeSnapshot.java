package dev.outrider.proxy.runtime;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// All values at one moment. Immutable, any thread; a question costs one look into a map, and none
/// where the key is empty: then what is configured counts.
public final class RuntimeSnapshot {
  public static final RuntimeSnapshot EMPTY = new RuntimeSnapshot(List.of());
  private static final double UNSIGNED_LIMIT = 0x1p63;

  private final List<RuntimeLayer> layers;
  private final Map<String, RuntimeValue> values;

  /// @param layers a later one counts before an earlier one
  public RuntimeSnapshot(List<RuntimeLayer> layers) {
    this.layers = List.copyOf(layers);
    var all = new HashMap<String, RuntimeValue>();
    this.layers.forEach(layer -> all.putAll(layer.values()));
    this.values = Map.copyOf(all);
  }

  public List<RuntimeLayer> layers() {
    return layers;
  }

  /// The value that counts, by key.
  public Map<String, RuntimeValue> values() {
    return values;
  }

  /// A whole number that is not negative; what stands behind a point is cut off.
  public long integer(String key, long otherwise) {
    var value = key.isEmpty() ? null : values.get(key);
    var number = value == null ? null : value.number();
    return number != null && number >= 0 && number < UNSIGNED_LIMIT
        ? number.longValue()
        : otherwise;
  }

  public double number(String key, double otherwise) {
    var value = key.isEmpty() ? null : values.get(key);
    var number = value == null ? null : value.number();
    return number == null ? otherwise : number;
  }

  public boolean flag(String key, boolean otherwise) {
    var value = key.isEmpty() ? null : values.get(key);
    var flag = value == null ? null : value.flag();
    return flag == null ? otherwise : flag;
  }

  /// Whether a random number is among those that are meant: of a fraction modulo its denominator,
  /// of a whole number modulo 100, otherwise modulo the one that is configured.
  ///
  /// @param random unsigned
  public boolean takes(String key, long numerator, long denominator, long random) {
    var value = key.isEmpty() ? null : values.get(key);
    if (value != null && value.share() != null) {
      return Long.remainderUnsigned(random, value.share().denominator())
          < value.share().numerator();
    }
    var percent = value == null ? -1 : integer(key, -1);
    return percent >= 0
        ? Long.remainderUnsigned(random, 100) < percent
        : Long.remainderUnsigned(random, denominator) < numerator;
  }
}
