package dev.outrider.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// One line of `bench/budget.tsv`: name, limit, unit, why.
record BudgetRow(String name, double limit, String unit, String why) {
  private static final int COLUMNS = 4;

  /// Reads the file; the first line names the columns, `#` begins a remark.
  static List<BudgetRow> read(Path file) throws IOException {
    var rows = new ArrayList<BudgetRow>();
    var lines = Files.readAllLines(file);
    for (int i = 1; i < lines.size(); i++) {
      if (!lines.get(i).isBlank() && !lines.get(i).startsWith("#")) {
        rows.add(parse(lines.get(i), file + ":" + (i + 1)));
      }
    }
    return rows;
  }

  private static BudgetRow parse(String line, String place) {
    var cells = line.split("\t", -1);
    if (cells.length != COLUMNS) {
      throw new IllegalArgumentException(
          place + ": " + cells.length + " columns; expected name, limit, unit, why");
    }
    return new BudgetRow(cells[0], Double.parseDouble(cells[1]), cells[2], cells[3]);
  }
}
