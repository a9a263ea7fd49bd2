using FlexCore.Application.Bus;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Scheduling;

/// <summary>
/// Starts a run for each file that arrives in a folder of this machine. What it is called, when it was written and how large it is are the cause: seen again, by another node or after a restart,
/// it comes to the same run.
/// </summary>
/// <param name="log">Where pipelines are.</param>
/// <param name="folders">Where files are.</param>
/// <param name="bus">Takes the wish for a run.</param>
/// <param name="time">The clock.</param>
public sealed class FileTriggers(IEventLog log, IFolders folders, MessageBus bus, TimeProvider time)
{
    private const int MostFiles = 10_000;

    // A file that is still being written looks different the next time.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1.5);

    private readonly Dictionary<string, IReadOnlyList<string>> _patterns = new(StringComparer.Ordinal);
    private Dictionary<(string Pipeline, FileMark File), bool> _seen = [];
    private long _known;

    /// <summary>Told of what goes wrong.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Whether runs start; files that arrive while they do not wait.</summary>
    public Func<bool> IsOn { get; init; } = () => true;

    /// <summary>Works until it is cancelled.</summary>
    public Task WorkAsync(CancellationToken cancellationToken) => SteadyWork.RepeatAsync(
        async () =>
        {
            await LearnAsync(cancellationToken);
            if (IsOn()) await LookAsync(cancellationToken);
        },
        Interval,
        Warn,
        time,
        cancellationToken);

    private async Task LearnAsync(CancellationToken cancellationToken)
    {
        var (streams, last) = await log.ReadChangedAsync(EventStreams.PipelineCategory, _known, cancellationToken);
        foreach (var name in streams.Select(stream => EventStreams.IdIn(stream, EventStreams.PipelineCategory)!))
        {
            var (pipeline, _) = await log.ReadPipelineAsync(name, cancellationToken);
            _patterns[name] = [.. pipeline.ActiveTriggers.Files.Select(trigger => trigger.In(pipeline.Current!.File))];
        }

        _known = last;
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = new Dictionary<(string Pipeline, FileMark File), bool>();
        foreach (var (pipeline, pattern) in _patterns.SelectMany(entry => entry.Value.Select(pattern => (entry.Key, pattern))))
        {
            var files = folders.List(pattern, MostFiles + 1);
            if (files.Count > MostFiles) Warn($"pipeline {pipeline}: more than {MostFiles} files are like {pattern}; take away those that have been handled");
            foreach (var file in files.Take(MostFiles))
            {
                var known = _seen.TryGetValue((pipeline, file), out var isHandled);
                now[(pipeline, file)] = isHandled || (known && await TryStartAsync(pipeline, file, cancellationToken));
            }
        }

        _seen = now;
    }

    /// <returns>Whether it is settled; otherwise it is tried again.</returns>
    private async Task<bool> TryStartAsync(string pipeline, FileMark file, CancellationToken cancellationToken)
    {
        var request = new StartPipeline(pipeline, new Dictionary<string, string>(StringComparer.Ordinal), new RunTrigger(TriggerKind.File, file.Path))
        {
            RunId = CausedRun.Id(file.ChangedAt, pipeline, "file", file.Path, $"{file.ChangedAt.UtcTicks}", $"{file.Size}"),
        };
        var started = await bus.SendAsync(request, DueRuns.Scheduler, cancellationToken);
        if (!started.IsSuccess && started.Errors[0].Code != ErrorCodes.PipelineNotStartable) Warn($"pipeline {pipeline}: {file.Path} starts no run yet: {started.Errors[0].Message}");
        return started.IsSuccess;
    }
}
