package dev.outrider.proxy.loadbalancing.hashing;

/// MT19937 (Matsumoto and Nishimura 1998), the numbers of C++'s `std::mt19937`: Envoy's order of
/// trying endpoints is theirs.
final class MersenneTwister {
  private static final int SIZE = 624;
  private static final int MIDDLE = 397;
  private static final long RANGE = 1L << 32;

  private final int[] state = new int[SIZE];
  private int at = SIZE;

  MersenneTwister(int seed) {
    seed(seed);
  }

  /// Begins anew.
  void seed(int seed) {
    at = SIZE;
    state[0] = seed;
    for (var i = 1; i < SIZE; i++) {
      state[i] = 1_812_433_253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  /// An even number below `limit`, drawn as Envoy draws it.
  int below(int limit) {
    var drawn = (long) limit;
    while (drawn >= limit) {
      drawn = next() / (RANGE / limit);
    }
    return (int) drawn;
  }

  /// 32 bits, unsigned.
  long next() {
    if (at == SIZE) {
      renew();
    }
    var y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return Integer.toUnsignedLong(y);
  }

  private void renew() {
    for (var i = 0; i < SIZE; i++) {
      var y = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
      state[i] = state[(i + MIDDLE) % SIZE] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
    }
    at = 0;
  }
}
