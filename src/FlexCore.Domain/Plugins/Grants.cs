using System.Text.Json.Serialization;
using FlexCore.Domain.Errors;

namespace FlexCore.Domain.Plugins;

/// <summary>
/// Capabilities: what a plugin asks, what an operator allows, what a step narrows to, or what a plugin gets. Paths are absolute and destinations
/// definite; only what a manifest asks, and what an operator grants out of that, may be written with references (<c>${config.field}</c>).
/// </summary>
/// <param name="Read">Files and folders that can be read.</param>
/// <param name="Write">Folders that can be read and written.</param>
/// <param name="Env">Names of environment variables that are passed on.</param>
/// <param name="Net">Destinations that can be connected to, each <c>host:port</c>; null, as in events from before there were any, is none.</param>
/// <param name="Secrets">Names of secrets that it finds as files; null likewise.</param>
public sealed record Grant(
    IReadOnlyList<string> Read, IReadOnlyList<string> Write, IReadOnlyList<string> Env, IReadOnlyList<string>? Net = null, IReadOnlyList<string>? Secrets = null)
{
    /// <summary>Nothing.</summary>
    public static Grant None { get; } = new([], [], []);

    /// <summary>Destinations that can be connected to, each <c>host:port</c>.</summary>
    public IReadOnlyList<string> Net { get; init; } = Net ?? [];

    /// <summary>Names of secrets that it finds as files.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = Secrets ?? [];

    private static readonly string[] NeverGranted = ["/", "/proc", "/sys", "/dev", "/run"];

    /// <summary>Whether there is nothing in it.</summary>
    [JsonIgnore]
    public bool IsEmpty => Read.Count + Write.Count + Env.Count + Net.Count + Secrets.Count == 0;

    /// <summary>
    /// What a plugin gets: all that it asks, when the operator allows all of it, cut down to what the step narrows to.
    /// Anything asked that is not covered is returned as missing, and then nothing may start.
    /// </summary>
    public static (Grant Effective, Grant Missing) Decide(Grant asked, Grant allowed, Grant? narrowed)
    {
        Grant missing = new(
            [.. asked.Read.Where(path => !allowed.Read.Concat(allowed.Write).Any(root => Covers(root, path)))],
            [.. asked.Write.Where(path => !allowed.Write.Any(root => Covers(root, path)))],
            [.. asked.Env.Except(allowed.Env)],
            [.. asked.Net.Except(allowed.Net)],
            [.. asked.Secrets.Except(allowed.Secrets)]);
        if (narrowed is null) return (asked, missing);

        Grant effective = new(
            Intersect(asked.Read, [.. narrowed.Read, .. narrowed.Write]),
            Intersect(asked.Write, narrowed.Write),
            [.. asked.Env.Intersect(narrowed.Env)],
            [.. asked.Net.Intersect(narrowed.Net)],
            [.. asked.Secrets.Intersect(narrowed.Secrets)]);
        return (effective, missing);
    }

    /// <summary>Whether <paramref name="path"/> is <paramref name="root"/> or lies below it. Both are absolute and normalised.</summary>
    public static bool Covers(string root, string path) =>
        path == root || path.StartsWith(root.EndsWith('/') ? root : root + "/", StringComparison.Ordinal);

    /// <summary>Why a path can never be granted, or null. The kernel's own file systems and the whole machine are not data.</summary>
    public static Error? RefuseToGrant(string path, SourceLocation? location) =>
        NeverGranted.Any(refused => path == refused || (refused != "/" && Covers(refused, path)))
            ? new Error(ErrorCodes.PathRefused, $"'{path}' cannot be granted to a plugin", location)
            : null;

    /// <summary>Whether a path or destination is written with a reference, which only a step's settings make definite.</summary>
    public static bool IsReference(string text) => !text.StartsWith('/') && text.Contains("${", StringComparison.Ordinal);

    /// <summary>What this allows and the other does not name.</summary>
    public Grant Without(Grant other) => new(
        [.. Read.Except(other.Read)], [.. Write.Except(other.Write)], [.. Env.Except(other.Env)], [.. Net.Except(other.Net)], [.. Secrets.Except(other.Secrets)]);

    /// <summary>What either allows.</summary>
    public Grant Union(Grant other) => new(
        [.. Read.Union(other.Read)], [.. Write.Union(other.Write)], [.. Env.Union(other.Env)], [.. Net.Union(other.Net)], [.. Secrets.Union(other.Secrets)]);

    /// <summary>Whether both allow the same, named in the same order.</summary>
    public bool SaysTheSameAs(Grant other) =>
        Read.SequenceEqual(other.Read) && Write.SequenceEqual(other.Write) && Env.SequenceEqual(other.Env) && Net.SequenceEqual(other.Net)
        && Secrets.SequenceEqual(other.Secrets);

    /// <summary>Each capability in words: <c>read /a</c>, <c>write /b</c>, <c>env TZ</c>, <c>net api.example.com:443</c>, <c>secret api_key</c>.</summary>
    public IEnumerable<string> InWords() =>
    [
        .. Read.Select(path => $"read {path}"),
        .. Write.Select(path => $"write {path}"),
        .. Env.Select(name => $"env {name}"),
        .. Net.Select(destination => $"net {destination}"),
        .. Secrets.Select(name => $"secret {name}"),
    ];

    /// <summary>One line for people: <c>read /a, write /b</c>, or <c>nothing</c>.</summary>
    public override string ToString() => IsEmpty ? "nothing" : Printable.Escape(string.Join(", ", InWords()));

    private static List<string> Intersect(IReadOnlyList<string> asked, IReadOnlyList<string> narrowed) =>
    [
        .. asked.SelectMany(path => narrowed.Select(root => Covers(root, path) ? path : Covers(path, root) ? root : null))
            .OfType<string>()
            .Distinct(),
    ];
}
