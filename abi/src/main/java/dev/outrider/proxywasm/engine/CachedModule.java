package dev.outrider.proxywasm.engine;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// What a module costs seconds to compute: its classes as they are loaded, and the module without
/// its bodies.
@SuppressWarnings("ArrayRecordComponent") // written and read, never compared
record CachedModule(byte[] stripped, GeneratedClasses classes, FunctionPlaces places) {
  byte[] toBytes() {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      writeBlock(out, stripped);
      out.writeUTF(classes.main());
      out.writeBoolean(classes.tailCalls());
      out.writeInt(classes.interpreted().size());
      for (int function : new TreeSet<>(classes.interpreted())) {
        out.writeInt(function);
      }
      out.writeInt(classes.bytes().size());
      for (var entry : classes.bytes().entrySet()) {
        out.writeUTF(entry.getKey());
        writeBlock(out, entry.getValue());
      }
      places.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /// @throws IOException if these are not such bytes
  static CachedModule fromBytes(byte[] bytes) throws IOException {
    var in = new DataInputStream(new ByteArrayInputStream(bytes));
    var stripped = readBlock(in);
    var main = in.readUTF();
    boolean tailCalls = in.readBoolean();
    Set<Integer> interpreted = new TreeSet<>();
    for (int left = in.readInt(); left > 0; left--) {
      interpreted.add(in.readInt());
    }
    Map<String, byte[]> classes = new LinkedHashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      classes.put(in.readUTF(), readBlock(in));
    }
    return new CachedModule(
        stripped,
        new GeneratedClasses(main, classes, interpreted, tailCalls),
        FunctionPlaces.read(in));
  }

  private static void writeBlock(DataOutputStream out, byte[] block) throws IOException {
    out.writeInt(block.length);
    out.write(block);
  }

  private static byte[] readBlock(DataInputStream in) throws IOException {
    int length = in.readInt();
    var block = in.readNBytes(length);
    if (block.length != length) {
      throw new IOException("cut off");
    }
    return block;
  }
}
