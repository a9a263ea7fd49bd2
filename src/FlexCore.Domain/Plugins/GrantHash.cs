using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FlexCore.Domain.Plugins;

/// <summary>
/// Names what a plugin process may touch and use up by 64 letters: SHA-256, in lower-case hex, over one JSON object in the canonical form of
/// RFC 8785. Its members are those of the event PluginExecutionStarted, from which anybody can compute it again: <c>grant</c>, each list sorted by
/// its bytes in UTF-8, <c>isolation</c>, and <c>limits</c>, which is <c>resource_limits</c> there. See docs/reference/grants.md.
/// </summary>
public static class GrantHash
{
    /// <summary>The hash of a grant under these limits and that isolation.</summary>
    public static string Compute(Grant grant, PluginLimits limits, string isolation) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical(grant, limits, isolation))));

    private static string Canonical(Grant grant, PluginLimits limits, string isolation) => Object(
        ("grant", Object(("env", List(grant.Env)), ("net", List(grant.Net)), ("read", List(grant.Read)), ("secrets", List(grant.Secrets)), ("write", List(grant.Write)))),
        ("isolation", Text(isolation)),
        ("limits", Object(
            ("cpus", limits.Cpus?.ToString(CultureInfo.InvariantCulture)),
            ("disk_bytes", Number(limits.DiskBytes)),
            ("grace", Time(limits.Grace)),
            ("idle", Time(limits.Idle)),
            ("line_bytes", Number(limits.LineBytes)),
            ("memory_bytes", Number(limits.MemoryBytes)),
            ("open_files", Number(limits.OpenFiles)),
            ("processes", Number(limits.Processes)),
            ("stderr_bytes", Number(limits.StderrBytes)),
            ("stdout_bytes", Number(limits.StdoutBytes)),
            ("time", Time(limits.Time)),
            ("tmp_bytes", Number(limits.TmpBytes)))));

    /// <summary>Members in the order of their names; one without a value is left out.</summary>
    private static string Object(params IEnumerable<(string Name, string? Value)> members) =>
        "{" + string.Join(',', members.Where(member => member.Value is not null).Select(member => $"\"{member.Name}\":{member.Value}")) + "}";

    private static string List(IReadOnlyList<string> items) => "[" + string.Join(',', items.Order(ByBytes).Select(Text)) + "]";

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? Time(TimeSpan? time) => time is { } span ? Text(span.ToString("c", CultureInfo.InvariantCulture)) : null;

    private static Comparer<string> ByBytes { get; } =
        Comparer<string>.Create((one, other) => Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other)));

    /// <summary>RFC 8785, 3.2.2.2: only quotes, backslashes and control characters are escaped.</summary>
    private static string Text(string text)
    {
        var json = new StringBuilder("\"", text.Length + 2);
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => json.Append('\\').Append(c),
                '\b' => json.Append("\\b"),
                '\t' => json.Append("\\t"),
                '\n' => json.Append("\\n"),
                '\f' => json.Append("\\f"),
                '\r' => json.Append("\\r"),
                < ' ' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        }

        return json.Append('"').ToString();
    }
}
