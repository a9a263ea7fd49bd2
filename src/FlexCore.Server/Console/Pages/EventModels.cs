using FlexCore.Client;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Console.Pages;

/// <summary>Events of the log, newest first.</summary>
/// <param name="Page">The events.</param>
/// <param name="Category">Only of event streams of this category.</param>
/// <param name="Type">Only of this type.</param>
/// <param name="Stream">Only of this event stream.</param>
/// <param name="After">Only before this position; null for the newest.</param>
/// <param name="Follows">Whether what is appended from now on is shown as it comes.</param>
public sealed record EventsModel(Page<StoredEvent> Page, string? Category, string? Type, string? Stream, string? After, bool Follows)
{
    /// <summary>What there are event streams of.</summary>
    public static IReadOnlyList<string> Categories { get; } = ["access", "backfill", "circuit", "deadletter", "erasure", "execution", "log", "node", "notification", "pipeline", "plugin", "refresh", "request", "run", "schema", "secret", "session", "state", "webhook"];

    /// <summary>Whether some are left out.</summary>
    public bool IsFiltered => Category is not null || Type is not null || Stream is not null;

    /// <summary>Where those before a position are.</summary>
    public string Address(string after) => AddressWith(("after", after));

    /// <summary>The same page, following or not.</summary>
    public string Toggled => AddressWith(("follow", Follows ? null : "1"));

    private string AddressWith((string Name, string? Value) more) =>
        $"/events{QueryString.Create(new[] { KeyValuePair.Create("category", Category), KeyValuePair.Create("type", Type), KeyValuePair.Create("stream", Stream), KeyValuePair.Create(more.Name, more.Value) }.Where(pair => pair.Value is not null))}";
}

/// <summary>An event stream and what it was once.</summary>
/// <param name="Stream">The event stream.</param>
/// <param name="Events">Its events, oldest first.</param>
/// <param name="Version">How many of them are looked at.</param>
/// <param name="Then">What it was after these.</param>
public sealed record StreamModel(string Stream, IReadOnlyList<StoredEvent> Events, long Version, ReplayedStream Then)
{
    /// <summary>More events are not listed.</summary>
    public const int MostEvents = 200;

    /// <summary>The event that was the last one then.</summary>
    public StoredEvent Last => Events[(int)Version - 1];

    /// <summary>Those around it.</summary>
    public IEnumerable<StoredEvent> Shown => Events.Skip((int)Math.Clamp(Version - (MostEvents / 2), 0, Math.Max(0, Events.Count - MostEvents))).Take(MostEvents);

    /// <summary>The run whose events they are; null where they are of something else.</summary>
    public string? RunId => Stream.StartsWith("run-", StringComparison.Ordinal) ? Stream["run-".Length..] : null;
}

/// <summary>Whether the log is what was appended.</summary>
/// <param name="Key">The public key of its signatures, as PEM.</param>
/// <param name="Found">What a verification has found; null where nobody has asked for one.</param>
public sealed record IntegrityModel(string Key, Verification? Found);
