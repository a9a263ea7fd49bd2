using System.Threading.Channels;
using FlexCore.Application.Ports;
using FlexCore.Domain.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FlexCore.Cli.Output;

/// <summary>A table that lives at the bottom of the terminal, with log lines passing above it.</summary>
internal sealed class LiveRunView : IRunView
{
    // A plugin may say more than a terminal can scroll. What is left out here is in the log.
    private const int MostWaitingLines = 1000;

    private readonly Channel<Action<IAnsiConsole>> _actions = Channel.CreateUnbounded<Action<IAnsiConsole>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly LogLineLevel _threshold;
    private readonly Task _drawing;

    // Of the steps that run now, what was seen last and before that.
    private readonly SortedDictionary<string, (Progress? Before, Progress Now)> _steps = new(StringComparer.Ordinal);
    private int _waitingLines;
    private int _leftOut;

    public LiveRunView(LogLineLevel threshold)
    {
        _threshold = threshold;
        _drawing = DrawAsync();
    }

    public void Warning(string message) => Say(console => console.MarkupLineInterpolated($"[yellow]warning:[/] {message}"));

    public void RunStarted(RunState run, IReadOnlyList<EffectiveGrant> grants) => Say(console =>
    {
        foreach (var line in RunViews.Opening(run, grants)) console.WriteLine(line);
    });

    public void StepStarted(string step) => Say(console => console.MarkupLineInterpolated($"[bold]{step}[/]: started"));

    public void StepProgressed(StepProgress progress) => Say(_ =>
    {
        Progress? before = _steps.TryGetValue(progress.Step, out var seen) ? seen.Now : null;
        _steps[progress.Step] = (before, new Progress(progress, TimeProvider.System.GetTimestamp()));
    });

    public void PluginLogged(LogLine line)
    {
        if (line.Level < _threshold) return;
        if (Interlocked.Increment(ref _waitingLines) > MostWaitingLines)
        {
            Interlocked.Decrement(ref _waitingLines);
            Interlocked.Increment(ref _leftOut);
            return;
        }

        var colour = line.Level switch { LogLineLevel.Error => "red", LogLineLevel.Warning => "yellow", _ => "grey" };
        Say(console =>
        {
            Interlocked.Decrement(ref _waitingLines);
            console.MarkupLine($"[{colour}]{Markup.Escape($"{line.Plugin}: {line.Message}")}[/]");
            if (Interlocked.Exchange(ref _leftOut, 0) is > 0 and var leftOut) console.MarkupLine($"[grey]… {Words.Count(leftOut, "line")} more in the log[/]");
        });
    }

    public void StepEnded(StepState step) => Say(console =>
    {
        _steps.Remove(step.Id);
        var colour = step.Status == StepStatus.Succeeded ? "green" : step.Status == StepStatus.Failed ? "red" : "yellow";
        console.MarkupLine($"[{colour}]{Markup.Escape(RunViews.Closing(step))}[/]");
    });

    public async ValueTask DisposeAsync()
    {
        _actions.Writer.TryComplete();
        await _drawing;
    }

    private void Say(Action<IAnsiConsole> action) => _actions.Writer.TryWrite(action);

    // One loop owns the terminal, so that lines and the table never mix.
    private async Task DrawAsync()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        await console.Live(Describe()).AutoClear(enabled: true).StartAsync(async live =>
        {
            while (await _actions.Reader.WaitToReadAsync())
            {
                while (_actions.Reader.TryRead(out var action)) action(console);
                live.UpdateTarget(Describe());
                live.Refresh();
            }
        });
    }

    private IRenderable Describe()
    {
        if (_steps.Count == 0) return Text.Empty;
        var table = new Table { Border = TableBorder.None, ShowHeaders = false };
        table.AddColumns("what", "how much", "how fast", "size");
        foreach (var (before, now) in _steps.Values) Describe(table, before, now);
        return table;
    }

    private static void Describe(Table table, Progress? before, Progress now)
    {
        var seconds = before is null ? 0 : TimeProvider.System.GetElapsedTime(before.At, now.At).TotalSeconds;
        foreach (var (stream, progress) in now.Step.Streams.Take(Words.MostStreams))
            table.AddRow(Cell(stream), Cell($"{Words.Count(progress.Records)} records"), Cell(Rate(progress.Records - (before?.Step.Streams.GetValueOrDefault(stream)?.Records ?? 0), seconds)), Cell(Words.Size(progress.Bytes)));
        table.AddRow(Cell(now.Step.Step), Cell(""), Cell(seconds > 0 ? $"{Words.Size((now.Step.Bytes - before!.Step.Bytes) / seconds)}/s" : ""), Cell(Words.Size(now.Step.Bytes)));
        foreach (var plugin in now.Step.Plugins)
        {
            var cpuBefore = before?.Step.Plugins.FirstOrDefault(earlier => earlier.Name == plugin.Name)?.CpuTime ?? TimeSpan.Zero;
            table.AddRow(Cell(plugin.Name), Cell(seconds > 0 ? $"{(plugin.CpuTime - cpuBefore).TotalSeconds / seconds:P0} CPU" : ""), Cell(""), Cell(Words.Size(plugin.MemoryBytes)));
        }
    }

    private static Text Cell(string text) => new(text);

    private static string Rate(long records, double seconds) => seconds > 0 ? $"{Words.Count((long)(records / seconds))}/s" : "";

    private sealed record Progress(StepProgress Step, long At);
}
