package dev.outrider.proxywasm.host;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// The check that compiled guest code makes at every backward branch and call.
///
/// Generated code reads [#flag] and, only while it is raised, calls [#check]. Both are process-wide
/// because the generated classes are: the one place in this project with static mutable state. Any
/// thread.
public final class GuestDeadline {
  /// Number of guest threads that are over their budget and still inside a guest. Read by generated
  /// code, written by [GuestCell] alone.
  @SuppressWarnings("NonFinalStaticField") // generated code reads it with one getstatic
  public static volatile int flag;

  private static final VarHandle FLAG;
  private static final ThreadLocal<@Nullable GuestCell> CELLS = new ThreadLocal<>();

  static {
    try {
      FLAG = MethodHandles.lookup().findStaticVarHandle(GuestDeadline.class, "flag", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private GuestDeadline() {}

  /// Returns while the guest on this thread may run on.
  ///
  /// @throws GuestDeadlineException once its budget is burnt
  public static void check() {
    var cell = CELLS.get();
    if (cell != null) {
      cell.check();
    }
  }

  /// The cell of this thread, if it has one.
  public static @Nullable GuestCell cell() {
    return CELLS.get();
  }

  /// Makes `cell` the one that [#check] asks on this thread. For the watchdog, once per thread.
  public static void bind(@Nullable GuestCell cell) {
    CELLS.set(cell);
  }

  /// Runs `guest` as one whose budget is burnt already: its first check throws. For self-tests.
  public static void runExpired(Runnable guest) {
    var before = CELLS.get();
    var cell = new GuestCell(Thread.currentThread(), () -> {});
    bind(cell);
    cell.enter(0, 0);
    try {
      cell.kill(cell.sequence(), "the deadline has passed");
      guest.run();
    } finally {
      cell.exit();
      bind(before);
    }
  }

  static void raise() {
    FLAG.getAndAdd(1);
  }

  static void lower() {
    FLAG.getAndAdd(-1);
  }
}
