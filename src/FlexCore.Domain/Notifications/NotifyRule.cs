using System.Reflection;
using System.Text.Json.Serialization;
using FlexCore.Domain.Runs;

namespace FlexCore.Domain.Notifications;

/// <summary>What of a run somebody wishes to be told.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Occasion>))]
public enum Occasion
{
    /// <summary>It has failed, or its process is gone.</summary>
    [JsonStringEnumMemberName("failure")]
    Failure,

    /// <summary>It has succeeded, and the one before had failed.</summary>
    [JsonStringEnumMemberName("recovery")]
    Recovery,

    /// <summary>It still runs after a given time.</summary>
    [JsonStringEnumMemberName("late")]
    Late,

    /// <summary>Records of it became dead letters.</summary>
    [JsonStringEnumMemberName("dead-letters")]
    DeadLetters,

    /// <summary>It has succeeded.</summary>
    [JsonStringEnumMemberName("success")]
    Success,
}

/// <summary>The names of occasions, as people and events write them.</summary>
public static class Occasions
{
    /// <summary>Each by its name.</summary>
    public static IReadOnlyDictionary<string, Occasion> ByName { get; } =
        Enum.GetValues<Occasion>().ToDictionary(on => typeof(Occasion).GetField(on.ToString())!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name, StringComparer.Ordinal);

    /// <summary>The name of one.</summary>
    public static string Name(this Occasion on) => ByName.First(entry => entry.Value == on).Key;
}

/// <summary>Who is told of what. A run has its rules on record from its beginning.</summary>
/// <param name="On">Of what.</param>
/// <param name="Channel">The channel in the settings of the project.</param>
/// <param name="LateMs">After how many milliseconds a run is late; null for all other occasions.</param>
public sealed record NotifyRule(Occasion On, string Channel, long? LateMs = null)
{
    /// <summary>Whether a run gives the occasion.</summary>
    /// <param name="run">As it is now.</param>
    /// <param name="previous">How the last run before it has ended that was let end; null when there was none.</param>
    public bool Concerns(RunState run, RunStatus? previous) => On switch
    {
        Occasion.Failure => IsFailure(run.Status),
        Occasion.Recovery => run.Status == RunStatus.Succeeded && previous is { } before && IsFailure(before),
        Occasion.Success => run.Status == RunStatus.Succeeded,
        Occasion.DeadLetters => run.IsEnded && run.CountDead() > 0,
        _ => false, // Late is what a run becomes while nothing happens.
    };

    private static bool IsFailure(RunStatus status) => status is RunStatus.Failed or RunStatus.Interrupted;
}
