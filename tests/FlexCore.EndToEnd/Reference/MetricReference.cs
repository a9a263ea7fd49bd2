using System.Text;

namespace FlexCore.EndToEnd.Reference;

/// <summary>The reference page of metrics, made of what a node that has done something tells Prometheus.</summary>
internal static class MetricReference
{
    // How a histogram is written.
    private static readonly string[] NotOfTheMetric = ["le", "quantile"];

    private static readonly string[] OfOthers = ["http_", "kestrel_", "aspnetcore_", "dotnet_", "db_", "dns_"];

    public static string Render(string metrics)
    {
        var page = new StringBuilder(
            """
            # Metrics

            Made from what `/metrics` says of itself on a node that has run a pipeline; a test keeps the two equal. More of them is told in [observing nodes](../guides/observability.md#metrics). What has not happened yet on a node is not there.

            Beside these there is what .NET and Npgsql tell of themselves, in the terms of [OpenTelemetry](https://opentelemetry.io/docs/specs/semconv/): `http_server_…`, `http_client_…`, `kestrel_…`, `aspnetcore_…`, `dotnet_…`, `db_client_…`.

            | Metric | Type | Labels | Meaning |
            | --- | --- | --- | --- |

            """);
        var lines = metrics.Split('\n');
        foreach (var name in lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).Where(IsOfFlexCore).Order(StringComparer.Ordinal))
        {
            var type = lines.Single(line => line.StartsWith($"# TYPE {name} ", StringComparison.Ordinal)).Split(' ')[3];
            var help = lines.SingleOrDefault(line => line.StartsWith($"# HELP {name} ", StringComparison.Ordinal))?[$"# HELP {name} ".Length..] ?? "";
            var labels = lines.Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Contains('{', StringComparison.Ordinal)).Where(line => line[name.Length] is '{' or '_').SelectMany(Labels).Distinct(StringComparer.Ordinal).Except(NotOfTheMetric, StringComparer.Ordinal).Order(StringComparer.Ordinal);
            page.Append($"| `{name}` | {type} | {string.Join(", ", labels.Select(label => $"`{label}`"))} | {help.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }

        return page.ToString();
    }

    private static bool IsOfFlexCore(string name) => !OfOthers.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    private static IEnumerable<string> Labels(string line) => line[(line.IndexOf('{', StringComparison.Ordinal) + 1)..line.LastIndexOf('}')].Split("\",").Select(label => label.Split('=')[0].Trim(','));
}
