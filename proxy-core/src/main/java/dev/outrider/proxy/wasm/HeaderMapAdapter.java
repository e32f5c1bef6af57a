package dev.outrider.proxy.wasm;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.HeaderAccess;
import dev.outrider.proxywasm.host.HeaderList;
import dev.outrider.proxywasm.host.HeaderVisitor;

/// Shows a head to a guest, byte range by byte range.
final class HeaderMapAdapter implements HeaderAccess {
  private HeaderMap map;
  private byte[] scratch = new byte[64];
  private boolean accepted = true;

  HeaderMapAdapter(HeaderMap map) {
    this.map = map;
  }

  /// Copies a guest's fields into a head. False if it cannot have all of them.
  static boolean addAll(HeaderMap head, HeaderList fields) {
    var adapter = new HeaderMapAdapter(head);
    fields.forEach(adapter::addOrRemember);
    return adapter.accepted;
  }

  private void addOrRemember(
      byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength) {
    accepted &= add(name, nameOffset, nameLength, value, valueOffset, valueLength);
  }

  HeaderMapAdapter bind(HeaderMap newMap) {
    map = newMap;
    return this;
  }

  @Override
  public int size() {
    return map.count();
  }

  @Override
  public int byteSize() {
    return map.byteSize();
  }

  @Override
  public boolean get(byte[] name, int offset, int length, ByteSink value) {
    var line = map.find(name, offset, length, 0);
    if (line < 0) {
      return false;
    }
    value.accept(map.array(), map.valueOffset(line), map.valueLength(line));
    return true;
  }

  @Override
  public void forEach(HeaderVisitor visitor) {
    for (int line = 0; line < map.lines(); line++) {
      if (map.live(line)) {
        int nameLength = map.nameLength(line);
        if (nameLength > scratch.length) {
          scratch = new byte[nameLength];
        }
        map.copyName(line, scratch, 0);
        visitor.field(
            scratch, 0, nameLength, map.array(), map.valueOffset(line), map.valueLength(line));
      }
    }
  }

  @Override
  public boolean add(
      byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength) {
    return map.add(name, nameOffset, nameLength, value, valueOffset, valueLength);
  }

  @Override
  public boolean replace(
      byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength) {
    return map.replace(name, nameOffset, nameLength, value, valueOffset, valueLength);
  }

  @Override
  public void remove(byte[] name, int offset, int length) {
    map.remove(name, offset, length);
  }

  @Override
  public void clear() {
    map.clear();
  }
}
