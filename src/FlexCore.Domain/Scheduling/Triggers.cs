using FlexCore.Domain.Runs;

namespace FlexCore.Domain.Scheduling;

/// <summary>What starts runs of a pipeline beside people, while it is active.</summary>
/// <param name="Schedules">At given times.</param>
public sealed record Triggers(IReadOnlyList<Schedule> Schedules)
{
    /// <summary>Only people start it.</summary>
    public static Triggers None { get; } = new([]);

    /// <summary>When something else has happened.</summary>
    public IReadOnlyList<EventTrigger> Events { get; init => field = value ?? []; } = [];

    /// <summary>For each file that arrives.</summary>
    public IReadOnlyList<FileTrigger> Files { get; init => field = value ?? []; } = [];

    /// <summary>When another system says so over HTTP; null where none may.</summary>
    public WebhookTrigger? Webhook { get; init; }
}

/// <summary>An event that starts a run; never one of the pipeline's own.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Pipeline">Only those about this pipeline, or a run of it; null for all.</param>
/// <param name="Kind">What the run says has started it: an event, or a pipeline that has ended.</param>
public sealed record EventTrigger(string Type, string? Pipeline, TriggerKind Kind);

/// <summary>Files, each of which has one run; another one when it has changed.</summary>
/// <param name="Pattern">A path of which the last part may have <c>*</c> and <c>?</c>; relative ones begin at the folder of the pipeline file.</param>
public sealed record FileTrigger(string Pattern)
{
    /// <summary>Whether a text can be a pattern: wildcards in the last part alone.</summary>
    public static bool IsPattern(string text) => Path.GetFileName(text).Length > 0 && Path.GetDirectoryName(text)!.AsSpan().IndexOfAny('*', '?') < 0 && !text.Contains('\0', StringComparison.Ordinal);

    /// <summary>The pattern with an absolute path.</summary>
    /// <param name="pipelineFile">The file in which it is written.</param>
    public string In(string pipelineFile) => Path.GetFullPath(Pattern, Path.GetDirectoryName(Path.GetFullPath(pipelineFile))!);
}
