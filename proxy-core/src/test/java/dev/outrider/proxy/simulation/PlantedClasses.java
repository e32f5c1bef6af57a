package dev.outrider.proxy.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// The proxy and its tests once more, with one bug in them (or none). Everything else is shared
/// with the test that asks for them.
public final class PlantedClasses extends ClassLoader {
  private static final String OURS = "dev.outrider.proxy.";

  private final ClassLoader parent;
  private final @Nullable PlantedBug bug;
  private boolean planted;

  public PlantedClasses(@Nullable PlantedBug bug) {
    super(PlantedClasses.class.getClassLoader());
    this.parent = getParent();
    this.bug = bug;
  }

  /// Returns one of these classes' own: only a type of the JDK is the same on both sides.
  public LongConsumer make(Class<? extends LongConsumer> type) {
    try {
      return (LongConsumer) loadClass(type.getName()).getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Whether the class with the bug was needed at all.
  boolean planted() {
    return planted;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(OURS)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      var loaded = findLoadedClass(name);
      return loaded != null ? loaded : define(name);
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    var bytes = bytes(name);
    if (bug != null && bug.fullClassName().equals(name)) {
      bytes = new Planting(bug, parent).plantedInto(bytes);
      planted = true;
    }
    return defineClass(name, bytes, 0, bytes.length);
  }

  private byte[] bytes(String name) throws ClassNotFoundException {
    try (var in = parent.getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
