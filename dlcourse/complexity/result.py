"""The outcome of `profile`: its table, sums, groups, and how it prints."""

import re

import pandas as pd

from dlcourse import plots

_LONG = 40  # rows; a longer table is printed by stage
_OTHERS = r"stem|head|(?:skip|up)\d+|joint|decoder"
_STAGE = re.compile(rf"^(?:[^/]*/)*?(stage\d+|{_OTHERS})(?:_|$)")
_BLOCK = re.compile(rf"^(?:[^/]*/)*?(stage\d+_block\d+|stage\d+|{_OTHERS})(?:_|$)")


class Profile:
    """What a model costs, for one example at inference.

    table:            DataFrame, a row a call of a layer; <NA> where a layer could not be counted
    parameters, trainable, macs, other_ops, activation_bytes: sums, of what is counted
    not_counted:      names of the layers without a rule; the sums are lower bounds where there are any

    activation_bytes sums the outputs of all layers: what a training step keeps, not the peak of inference.
    """

    def __init__(self, table, name, trainable):
        self.table, self.name, self.trainable = table, name, trainable
        self.not_counted = table.index[table["macs"].isna()].tolist()
        for column in ("parameters", "macs", "other_ops", "activation_bytes"):
            setattr(self, column, int(table[column].sum()))

    def by_stage(self):
        """Sums and shares by stage, in the order of the net.

        A stage is what the names begin with: stem, stage1, ..., head, and in nets of masks the way back up (up3, skip3,
        joint, decoder). In a model without such names it is everything with one effective stride.

        Returns:
            DataFrame, a row a stage: layers, output_shape of its last one, parameters, macs, other_ops,
            activation_bytes, and the shares of parameters and of macs in the whole, 0 to 1.
        """
        return self._grouped(_STAGE)

    def by_block(self):
        """The same by block: stem, stage1_block1, stage1_block2, ..., head."""
        return self._grouped(_BLOCK)

    def by_kind(self):
        """The same by kind of layer, those with most multiply-adds first: Conv2D, Dense, ..."""
        return self._sums(self.table["kind"]).drop(columns="output_shape").sort_values("macs", ascending=False)

    def plot(self, ax=None):
        """Two bars a stage: its share of the parameters and of the multiply-adds. Returns the axes."""
        table = self.by_stage()
        if len(self.table) <= _LONG and not self._named(_STAGE):
            table = self._sums(pd.Series(self.table.index, index=self.table.index))
            table = table[(table["parameters"] > 0) | (table["macs"] > 0)]
        shares = {"parameters": table["parameters_share"], "multiply-adds": table["macs_share"]}
        return plots.share_bars(shares, title=f"{self.name}: {self._totals()}", ax=ax)

    def __str__(self):
        return f"{self._heading()}\n{self._short().to_string(**self._formats())}"

    __repr__ = __str__

    def _repr_html_(self):
        return f"<p>{self._heading()}</p>{self._short().to_html(border=0, **self._formats())}"

    def _grouped(self, pattern):
        if not self._named(pattern):
            return self._sums(self.table["effective_stride"].map(lambda stride: f"stride {_plain(stride) or '?'}"))
        matches = map(pattern.match, self.table.index)
        found = pd.Series([match and match.group(1) for match in matches], self.table.index)
        return self._sums(found.ffill().bfill())  # a layer without such a name belongs to the stage before it

    def _named(self, pattern):
        return any(match and match.group(1).startswith("stage") for match in map(pattern.match, self.table.index))

    def _sums(self, keys):
        groups = self.table.groupby(keys.rename(None), sort=False)
        counts = ["parameters", "macs", "other_ops", "activation_bytes"]
        sums = groups[counts].sum()
        sums.insert(0, "output_shape", groups["output_shape"].agg(lambda shapes: shapes.iloc[-1]))
        sums.insert(0, "layers", groups.size())
        for column in ("parameters", "macs"):
            sums[f"{column}_share"] = (sums[column] / max(getattr(self, column), 1)).astype(float)
        return sums

    def _short(self):
        table = self.table if len(self.table) <= _LONG else self.by_stage()
        return table.astype({"output_shape": str}) if "output_shape" in table else table

    def _totals(self):
        least = "at least " if self.not_counted else ""
        return f"{short_number(self.parameters)} parameters, {least}{short_number(self.macs)} MACs"

    def _heading(self):
        text = (
            f"{self.name}: {self._totals()}, {short_number(self.other_ops)} other operations, "
            f"{short_number(self.activation_bytes, 'B')} of activations, for one example"
        )
        missing = f"; {len(self.not_counted)} layers not counted" if self.not_counted else ""
        longer = f"; by stage, all {len(self.table)} layers are in .table" if len(self.table) > _LONG else ""
        return text + missing + longer

    def _formats(self):
        whole = dict.fromkeys(("parameters", "macs", "other_ops", "activation_bytes"), _with_commas)
        shares = dict.fromkeys(("parameters_share", "macs_share"), "{:.1%}".format)
        fields = dict.fromkeys(("receptive_field", "effective_stride"), _plain)
        return {"formatters": {**whole, **shares, **fields}, "na_rep": "not counted"}


def short_number(value, unit=""):
    """Three digits and a prefix: 4089284608 -> '4.09 G'"""
    for size, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {prefix}{unit}"
    return f"{value} {unit}".strip()


def _with_commas(value):
    return "not counted" if pd.isna(value) else f"{value:,}"


def _plain(value):
    if isinstance(value, tuple):
        return " x ".join(f"{part:g}" for part in value)
    return "" if value is None or pd.isna(value) else f"{value:g}"
