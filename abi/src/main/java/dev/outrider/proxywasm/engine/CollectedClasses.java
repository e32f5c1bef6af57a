package dev.outrider.proxywasm.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import run.endive.compiler.internal.ClassCollector;

/// Takes what the engine's compiler generates, without loading it: it is rewritten first.
final class CollectedClasses implements ClassCollector {
  private final Map<String, byte[]> classes = new LinkedHashMap<>();
  private String main = "";

  @Override
  public String mainClassName() {
    return main;
  }

  @Override
  public void putMainClass(String name, byte[] bytes) {
    main = name.replace('/', '.');
    put(name, bytes);
  }

  @Override
  public void put(String name, byte[] bytes) {
    classes.put(name.replace('/', '.'), bytes);
  }

  @Override
  public void putAll(ClassCollector other) {
    other.classBytes().forEach(this::put);
  }

  @Override
  public Map<String, byte[]> classBytes() {
    return classes;
  }

  @Override
  public byte[] resolve(Class<?> type) {
    var file = type.getName().replace('.', '/') + ".class";
    try (var in = type.getClassLoader().getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("the engine has no class file " + file);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
