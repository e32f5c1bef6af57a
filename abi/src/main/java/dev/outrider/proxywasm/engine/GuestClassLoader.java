package dev.outrider.proxywasm.engine;

import java.util.List;
import java.util.Map;

/// Holds the generated classes of one module; they unload with it.
final class GuestClassLoader extends ClassLoader {
  static {
    registerAsParallelCapable();
  }

  private final Map<String, byte[]> classes;

  /// `classes` by binary name; not kept after [#defineAll].
  GuestClassLoader(Map<String, byte[]> classes) {
    super("guest", GuestClassLoader.class.getClassLoader());
    this.classes = classes;
    // Generated code calls public types of this package, which no other module may see.
    GuestClassLoader.class
        .getModule()
        .addExports(GuestClassLoader.class.getPackageName(), getUnnamedModule());
  }

  /// Defines, verifies and initialises every class, so that nothing is left for the first request.
  void defineAll() throws ClassNotFoundException {
    for (var name : List.copyOf(classes.keySet())) {
      Class.forName(name, true, this);
    }
    classes.clear();
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    var bytes = classes.get(name);
    if (bytes == null) {
      throw new ClassNotFoundException(name);
    }
    return defineClass(name, bytes, 0, bytes.length);
  }
}
