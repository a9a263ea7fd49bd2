using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace FlexCore.Server.Observability;

/// <summary>
/// Metrics of the OpenTelemetry SDK as Prometheus reads them: the text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/), with the names that OpenTelemetry's specification
/// "Prometheus and OpenMetrics Compatibility" makes of them. There is no exporter for it in the packages that can be had.
/// </summary>
internal sealed class PrometheusText : BaseExporter<Metric>
{
    /// <summary>Of the answer.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string Total = "_total";
    private const string Count = "_count";

    private readonly StringBuilder _text = new();

    /// <summary>What was collected last.</summary>
    public string Text { get; private set; } = "";

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> batch)
    {
        var metrics = new List<Metric>();
        foreach (var metric in batch) metrics.Add(metric);
        _text.Clear();

        // Instruments of several meters may have one name: Prometheus wants all of a name together.
        foreach (var family in metrics.GroupBy(NameOf, StringComparer.Ordinal)) Write(family.Key, [.. family.Where(metric => TypeOf(metric) == TypeOf(family.First()))]);
        Text = _text.ToString();
        return ExportResult.Success;
    }

    /// <summary>The name with the unit and, of what only grows, <c>_total</c>.</summary>
    private static string NameOf(Metric metric)
    {
        var plain = string.Concat(metric.Name.Select((c, at) => char.IsAsciiLetter(c) || c is '_' or ':' || (char.IsAsciiDigit(c) && at > 0) ? c : '_'));
        if (UnitOf(metric.Unit) is { } unit && !plain.EndsWith(unit, StringComparison.Ordinal)) plain += unit;
        if (TypeOf(metric) == "counter") return plain.EndsWith(Total, StringComparison.Ordinal) ? plain : plain + Total;

        // Of a gauge it would be taken for a part of a histogram.
        return TypeOf(metric) == "gauge" && plain.EndsWith(Count, StringComparison.Ordinal) ? plain[..^Count.Length] : plain;
    }

    // What is counted, as {run}, is no unit.
    private static string? UnitOf(string unit) => unit switch
    {
        "s" => "_seconds",
        "ms" => "_milliseconds",
        "By" => "_bytes",
        "%" => "_percent",
        _ => null,
    };

    private static string TypeOf(Metric metric) => metric.MetricType switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.Histogram => "histogram",
        _ => "gauge",
    };

    private void Write(string name, IReadOnlyList<Metric> family)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(family[0].Description.Replace("\\", "\\\\", StringComparison.Ordinal).ReplaceLineEndings("\\n")).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(TypeOf(family[0])).Append('\n');
        foreach (var metric in family)
        {
            foreach (ref readonly var point in metric.GetMetricPoints()) Write(name, metric, point);
        }
    }

    private void Write(string name, Metric metric, in MetricPoint point)
    {
        var labels = LabelsOf(point);
        switch (metric.MetricType)
        {
            case MetricType.Histogram:
                WriteHistogram(name, labels, point);
                break;
            case MetricType.LongSum:
                Line(name, labels, point.GetSumLong());
                break;
            case MetricType.LongSumNonMonotonic:
                Line(name, labels, point.GetSumLong());
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                Line(name, labels, point.GetSumDouble());
                break;
            case MetricType.LongGauge:
                Line(name, labels, point.GetGaugeLastValueLong());
                break;
            case MetricType.DoubleGauge:
                Line(name, labels, point.GetGaugeLastValueDouble());
                break;
        }
    }

    private void WriteHistogram(string name, string labels, in MetricPoint point)
    {
        long below = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            below += bucket.BucketCount;
            Line($"{name}_bucket", labels.Length == 0 ? $"le=\"{Number(bucket.ExplicitBound)}\"" : $"{labels},le=\"{Number(bucket.ExplicitBound)}\"", below);
        }

        Line($"{name}_sum", labels, point.GetHistogramSum());
        Line($"{name}_count", labels, point.GetHistogramCount());
    }

    private void Line(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0) _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string LabelsOf(in MetricPoint point)
    {
        var labels = new StringBuilder();
        foreach (var tag in point.Tags)
        {
            if (labels.Length > 0) labels.Append(',');
            labels.Append(string.Concat(tag.Key.Select((c, at) => char.IsAsciiLetter(c) || c == '_' || (char.IsAsciiDigit(c) && at > 0) ? c : '_'))).Append("=\"");
            var value = Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";
            labels.Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings("\\n")).Append('"');
        }

        return labels.ToString();
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture);
}
