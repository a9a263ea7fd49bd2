using FlexCore.Server.Documents;

namespace FlexCore.Server.Console;

/// <summary>What a form has done.</summary>
/// <param name="Where">The page that goes on; null where <see cref="Page"/> does.</param>
/// <param name="What">What was done.</param>
internal sealed record Done(string? Where, Deed What)
{
    /// <summary>A page that is told this once.</summary>
    public PageContent? Page { get; init; }

    /// <summary>What was done, as people read it; null of a word that was not written here.</summary>
    public static string? InWords(string word) => Enum.GetValues<Deed>().Where(deed => Wording.Of(deed) == word).Select(InWords).FirstOrDefault();

    private static string InWords(Deed deed) => deed switch
    {
        Deed.RunStarted => "The run is queued.",
        Deed.RunRetried => "The run is queued again, as a new one.",
        Deed.CancelRequested => "The run was asked to stop.",
        Deed.PipelinePaused => "The pipeline is paused: no run of it starts.",
        Deed.PipelineActivated => "The pipeline is active: its triggers start runs.",
        Deed.DeadLettersDiscarded => "The dead letters are discarded.",
        Deed.DeadLettersReplayed => "The dead letters are queued to be sent again.",
        Deed.NodeDrained => "The node takes no more runs.",
        Deed.PluginGranted => "The plugin was granted what it asks for.",
        Deed.PluginRevoked => "What the plugin was granted is taken back.",
        Deed.PluginDisabled => "No run begins with the plugin from now on.",
        Deed.PluginEnabled => "Runs may begin with the plugin again.",
        Deed.TokenCreated => "The token is made.",
        Deed.LogVerified => "The log was verified.",
        Deed.TokenRevoked => "The token is refused from now on.",
        _ => throw new ArgumentOutOfRangeException(nameof(deed), deed, "nobody can do that"),
    };
}

/// <summary>What forms can do.</summary>
internal enum Deed
{
    RunStarted,
    RunRetried,
    CancelRequested,
    PipelinePaused,
    PipelineActivated,
    DeadLettersDiscarded,
    DeadLettersReplayed,
    NodeDrained,
    PluginGranted,
    PluginRevoked,
    PluginDisabled,
    PluginEnabled,
    TokenCreated,
    TokenRevoked,
    LogVerified,
}
