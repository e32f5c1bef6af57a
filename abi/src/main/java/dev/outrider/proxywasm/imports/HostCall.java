package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.engine.WasmInstance;
import dev.outrider.proxywasm.guest.GuestExports;
import dev.outrider.proxywasm.guest.GuestMemory;
import dev.outrider.proxywasm.guest.PairsReader;
import dev.outrider.proxywasm.guest.PairsWriter;
import dev.outrider.proxywasm.host.GuestDeadline;
import dev.outrider.proxywasm.host.GuestLimit;
import dev.outrider.proxywasm.host.HostServices;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.SharedData;
import dev.outrider.proxywasm.host.SharedQueues;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The frame of a VM's guest -> host calls: memory, the context that a call acts on, services, and
/// the rule what may run now.
///
/// One per VM, reused for every call, on the VM's thread. Its scratch objects hold what one host
/// function needs between two lines; nothing survives the call.
public final class HostCall {
  private final VmFacts facts;
  private final HostServices services;
  private final GuestExports exports;
  private final ContextTable contexts = new ContextTable();
  private final ArrayDeque<ContextScope> effects = new ArrayDeque<>();
  private final SharedData.Space sharedData;
  private final SharedQueues.Space sharedQueues;
  private final MetricTable metrics = new MetricTable();
  private final CalloutTable callouts = new CalloutTable();
  private final GuestLog log;
  private final StandardStreams standardStreams = new StandardStreams(this);

  private final PairSink pairSink = new PairSink(this);
  private final HeaderText headerText = new HeaderText();
  private final PairsReader pairsReader = new PairsReader();
  private final PairsWriter pairsWriter = new PairsWriter();

  private @Nullable GuestMemory memory;
  private GuestWindow window = GuestWindow.STARTING;
  private @Nullable ContextScope current;
  private @Nullable ContextScope effective;
  private long crossings;

  /// Opens the VM's shared spaces; [#close] closes them.
  public HostCall(VmFacts facts, HostServices services, GuestExports exports) {
    this.facts = facts;
    this.services = services;
    this.exports = exports;
    log = new GuestLog(services, facts.vmId());
    sharedData = services.sharedData().open(facts.vmId(), facts.limits().maxSharedDataBytes());
    sharedQueues = services.sharedQueues().open(facts.vmId(), facts.limits().maxSharedQueueBytes());
  }

  /// Closes what the VM shares with others.
  public void close() {
    sharedData.close();
    sharedQueues.close();
  }

  /// A context's callback begins: host calls act on it.
  public void enter(ContextScope scope) {
    crossings++;
    window = GuestWindow.CALLBACK;
    current = scope;
    effective = scope;
  }

  /// The callback has ended, however it ended.
  public void leave() {
    standardStreams.flush();
    log.callbackEnded(currentPlugin());
    current = null;
    effective = null;
  }

  /// That plugin hears of no more queue items.
  public void unsubscribe(PluginHost plugin) {
    sharedQueues.unsubscribe(plugin);
  }

  /// Every import goes through here: refuses what may not run now, and what runs in a killed guest.
  void admit(WasmInstance instance, String function, int windows) {
    crossings++;
    checkDeadline();
    if ((windows & window.bit()) == 0) {
      throw new RestrictedCallException(function, window);
    }
    if (memory == null) {
      memory = new GuestMemory(instance.memory(), size -> allocate(instance, size));
    }
  }

  /// For host functions that may take long: throws once the guest's budget is burnt.
  void checkDeadline() {
    if (GuestDeadline.flag != 0) {
      GuestDeadline.check();
    }
  }

  private int allocate(WasmInstance instance, int size) {
    if (!accepts(size)) {
      return 0;
    }
    var before = window;
    window = GuestWindow.ALLOCATING;
    crossings++;
    int block = exports.allocate(instance, size);
    window = before;
    return block;
  }

  /// As `WasmVm.crossings()`.
  public long crossings() {
    return crossings;
  }

  public ContextTable contexts() {
    return contexts;
  }

  public CalloutTable callouts() {
    return callouts;
  }

  /// Contexts whose effects wait for the guest to leave the stack, in the order of asking.
  public ArrayDeque<ContextScope> effects() {
    return effects;
  }

  VmFacts facts() {
    return facts;
  }

  HostServices services() {
    return services;
  }

  GuestMemory memory() {
    return Objects.requireNonNull(memory, "outside a host call");
  }

  SharedData.Space sharedData() {
    return sharedData;
  }

  SharedQueues.Space sharedQueues() {
    return sharedQueues;
  }

  MetricTable metrics() {
    return metrics;
  }

  StandardStreams standardStreams() {
    return standardStreams;
  }

  /// The context that the call acts on: the effective one, else the running one; there is one in
  /// every callback.
  ContextScope scope() {
    return Objects.requireNonNull(effective, "outside a callback");
  }

  /// The plugin that the call acts on; there is one in every callback.
  PluginScope plugin() {
    return scope().plugin();
  }

  /// The context whose callback runs, whichever one the call acts on.
  ContextScope running() {
    return Objects.requireNonNull(current, "outside a callback");
  }

  /// The stream that the call acts on, if it is one.
  @Nullable StreamScope stream() {
    return effective instanceof StreamScope stream ? stream : null;
  }

  /// The connection that the call acts on, if it is one.
  @Nullable NetworkScope network() {
    return effective instanceof NetworkScope network ? network : null;
  }

  /// False if there is no such context.
  boolean actOn(int contextId) {
    var found = contexts.find(contextId);
    if (found == null) {
      return false;
    }
    effective = found;
    return true;
  }

  /// The context's effects are to be delivered after the guest.
  void queue(ContextScope scope) {
    effects.add(scope);
  }

  /// A sink that hands its one value to the guest as a block of its own; ask it for the outcome.
  PairSink pairTo(int ptrAt, int sizeAt) {
    return pairSink.to(ptrAt, sizeAt);
  }

  HeaderText headerText() {
    return headerText;
  }

  PairsReader pairsReader() {
    return pairsReader;
  }

  PairsWriter pairsWriter() {
    return pairsWriter;
  }

  private @Nullable PluginScope currentPlugin() {
    var scope = current;
    return scope == null ? null : scope.plugin();
  }

  boolean logs(LogLevel level) {
    return log.writes(level);
  }

  void log(LogLevel level, byte[] text, int offset, int length) {
    log.write(currentPlugin(), level, text, offset, length);
  }

  /// The host's own word about the guest.
  void remark(LogLevel level, String text) {
    log.write(currentPlugin(), level, text);
  }

  /// An exception in the embedder's own code, with its stack.
  public void remarkBug(Throwable bug) {
    log.writeBug(currentPlugin(), bug);
  }

  /// The plugin has ended: what is still to be said of its log lines is said.
  public void logEnded(PluginScope plugin) {
    log.ended(plugin);
  }

  /// Whether a value of that many bytes (unsigned) may be moved between guest and host. If not, the
  /// answer is that of a range outside memory, which a well-meant guest never sees.
  boolean accepts(int length) {
    int most = facts.limits().maxBlockBytes();
    if (Integer.compareUnsigned(length, most) <= 0) {
      return true;
    }
    refuse(
        GuestLimit.BLOCK,
        "a value of %d bytes is refused: more than %d (limit block_bytes)"
            .formatted(Integer.toUnsignedLong(length), most));
    return false;
  }

  /// Counts what the plugin asked for in vain, and says so the first time.
  void refuse(GuestLimit limit, String text) {
    plugin().host().refused(limit);
    remarkOnce(LogLevel.WARN, limit.name(), text);
  }

  /// The host's own word about the guest, said once per plugin and subject.
  void remarkOnce(LogLevel level, String subject, String text) {
    if (plugin().firstRemark(subject)) {
      remark(level, text);
    }
  }

  /// The usual answer when a pointer was bad.
  static WasmResult okIf(boolean memoryWasGood) {
    return memoryWasGood ? WasmResult.OK : WasmResult.INVALID_MEMORY_ACCESS;
  }
}
