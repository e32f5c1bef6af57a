package dev.outrider.proxy.metrics;

/// What one connection or the like contributes to a hot gauge. Belongs to the loop of its cells.
public final class GaugeShare {
  private final StatCells cells;
  private final int gauge;
  private long shown;

  public GaugeShare(StatCells cells, int gauge) {
    this.cells = cells;
    this.gauge = gauge;
  }

  /// The contribution is `amount` from now on. Costs a comparison if it was that before.
  public void show(long amount) {
    if (amount > shown) {
      cells.add(gauge, amount - shown);
    } else if (amount < shown) {
      cells.sub(gauge, shown - amount);
    }
    shown = amount;
  }
}
