package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.guest.PairsReader;
import dev.outrider.proxywasm.guest.PairsWriter;
import dev.outrider.proxywasm.host.GuestLimit;
import dev.outrider.proxywasm.host.HeaderAccess;
import dev.outrider.proxywasm.host.HeaderList;
import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.WasmResult;
import org.jspecify.annotations.Nullable;

/// Whole header maps in the pairs format (ABI reference 3.2, 3.6).
final class PairImports {
  private PairImports() {}

  static void register(ImportTable table) {
    table.proxy("get_header_map_pairs", "iii", PairImports::get);
    table.proxy("set_header_map_pairs", "iii", PairImports::set);
  }

  /// An unavailable map is an empty one here, never an error.
  private static WasmResult get(HostCall call, long[] args) {
    var kind = HeaderMapKind.of((int) args[0]);
    if (kind == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    var map = HeaderImports.readable(call, kind);
    int size = map == null ? 0 : PairsWriter.encodedSize(map);
    if (map != null && (size > PairsReader.MAX_BYTES || map.size() > PairsReader.MAX_PAIRS)) {
      call.refuse(
          GuestLimit.BLOCK,
          "%d header fields with %d bytes are refused: over 1 MiB or over 1024 fields"
              .formatted(map.size(), size));
      return WasmResult.INTERNAL_FAILURE;
    }
    int block = call.memory().reservePair((int) args[1], (int) args[2], size);
    if (map != null && block > 0) {
      call.pairsWriter().write(map, call.memory().array(), block);
    }
    return HostCall.okIf(block >= 0);
  }

  private static WasmResult set(HostCall call, long[] args) {
    var kind = HeaderMapKind.of((int) args[0]);
    if (kind == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    if (!call.memory().inRange((int) args[1], (int) args[2])) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var map = HeaderImports.writable(call, kind);
    var pairs = read(call, (int) args[1], (int) args[2]);
    if (map == null || pairs == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    map.clear();
    boolean accepted = addAll(call, pairs, map);
    HeaderImports.written(call, kind);
    return accepted ? WasmResult.OK : WasmResult.BAD_ARGUMENT;
  }

  /// False if the host refused any; the others are there.
  private static boolean addAll(HostCall call, PairsReader pairs, HeaderAccess map) {
    boolean accepted = true;
    var bytes = call.memory().array();
    var name = call.headerText();
    while (pairs.advance()) {
      // Checked before; here it finds the lower-case name again.
      var _ = name.name(bytes, pairs.nameOffset(), pairs.nameLength());
      boolean added =
          map.add(
              name.array(),
              name.offset(),
              name.length(),
              bytes,
              pairs.valueOffset(),
              pairs.valueLength());
      if (!added) {
        HeaderImports.refused(call);
        accepted = false;
      }
    }
    return accepted;
  }

  /// Pairs in guest memory, which are in range; null, with a word in the log, if they are malformed
  /// or hold a field that may not go on the wire.
  private static @Nullable PairsReader read(HostCall call, int ptr, int size) {
    var bytes = call.memory().array();
    var pairs = call.pairsReader();
    if (!pairs.open(bytes, ptr, size)) {
      call.remark(LogLevel.WARN, "header pairs refused: malformed, over 1 MiB or over 1024 pairs");
      return null;
    }
    while (pairs.advance()) {
      if (!HeaderImports.isField(
          call,
          bytes,
          pairs.nameOffset(),
          pairs.nameLength(),
          pairs.valueOffset(),
          pairs.valueLength())) {
        return null;
      }
    }
    pairs.rewind();
    return pairs;
  }

  /// A copy of pairs in guest memory, which are in range, for an effect that outlives the call;
  /// null as in [#read].
  static @Nullable HeaderList copy(HostCall call, int ptr, int size) {
    if (size == 0) {
      return HeaderList.EMPTY;
    }
    var pairs = read(call, ptr, size);
    if (pairs == null) {
      return null;
    }
    var bytes = call.memory().array();
    var name = call.headerText();
    var list = new HeaderList(pairs.size(), size);
    while (pairs.advance()) {
      var _ = name.name(bytes, pairs.nameOffset(), pairs.nameLength());
      list.add(
          name.array(),
          name.offset(),
          name.length(),
          bytes,
          pairs.valueOffset(),
          pairs.valueLength());
    }
    return list;
  }
}
