using System.Threading.Channels;
using FlexCore.Client;
using FlexCore.Server.Documents;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FlexCore.Cli.Output;

/// <summary>A table that lives at the bottom of the terminal, with log lines passing above it.</summary>
internal sealed class LiveRunView : IRunView
{
    // A plugin may say more than a terminal can scroll. What is left out here is in the log.
    private const int MostWaitingLines = 1000;

    private readonly Channel<Action<IAnsiConsole>> _actions = Channel.CreateUnbounded<Action<IAnsiConsole>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly bool _verbose;
    private readonly Task _drawing;

    // Of the steps that run now, what was seen last and before that.
    private readonly SortedDictionary<string, (Progress? Before, Progress Now)> _steps = new(StringComparer.Ordinal);
    private int _waitingLines;
    private int _leftOut;

    public LiveRunView(bool verbose)
    {
        _verbose = verbose;
        _drawing = DrawAsync();
    }

    public void Tell(RunNews news)
    {
        switch (news)
        {
            case RunWarning warning:
                Say(console => console.MarkupLineInterpolated($"[yellow]warning:[/] {warning.Message}"));
                break;
            case RunBegan began:
                Say(console =>
                {
                    foreach (var line in RunViews.Opening(began)) console.WriteLine(line);
                });
                break;
            case StepBegan step:
                Say(console => console.MarkupLineInterpolated($"[bold]{step.Step}[/]: started"));
                break;
            case StepProgressed progress:
                Say(_ => _steps[progress.Step] = (_steps.TryGetValue(progress.Step, out var seen) ? seen.Now : null, new Progress(progress, TimeProvider.System.GetTimestamp())));
                break;
            case PluginSaid { Line: var line } when RunViews.IsShown(line, _verbose):
                Tell(line);
                break;
            case StepEnded ended:
                Tell(ended.Step);
                break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _actions.Writer.TryComplete();
        await _drawing;
    }

    private void Tell(RunLogLine line)
    {
        if (Interlocked.Increment(ref _waitingLines) > MostWaitingLines)
        {
            Interlocked.Decrement(ref _waitingLines);
            Interlocked.Increment(ref _leftOut);
            return;
        }

        var colour = line.Level switch { "error" => "red", "warning" => "yellow", _ => "grey" };
        Say(console =>
        {
            Interlocked.Decrement(ref _waitingLines);
            console.MarkupLine($"[{colour}]{Markup.Escape($"{line.Plugin}: {line.Message}")}[/]");
            if (Interlocked.Exchange(ref _leftOut, 0) is > 0 and var leftOut) console.MarkupLine($"[grey]… {Figures.Count(leftOut, "line")} more in the log[/]");
        });
    }

    private void Tell(RunStep step) => Say(console =>
    {
        _steps.Remove(step.Id);
        var colour = step.Status switch { "succeeded" => "green", "failed" => "red", _ => "yellow" };
        console.MarkupLine($"[{colour}]{Markup.Escape(RunViews.Closing(step))}[/]");
    });

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
            table.AddRow(Cell(stream), Cell($"{Figures.Count(progress.Records)} records"), Cell(Rate(progress.Records - (before?.Step.Streams.GetValueOrDefault(stream)?.Records ?? 0), seconds)), Cell(Figures.Size(progress.Bytes)));
        table.AddRow(Cell(now.Step.Step), Cell(""), Cell(seconds > 0 ? $"{Figures.Size((now.Step.Bytes - before!.Step.Bytes) / seconds)}/s" : ""), Cell(Figures.Size(now.Step.Bytes)));
        foreach (var plugin in now.Step.Plugins)
        {
            var cpuBefore = before?.Step.Plugins.FirstOrDefault(earlier => earlier.Name == plugin.Name)?.CpuMs ?? 0;
            table.AddRow(Cell(plugin.Name), Cell(seconds > 0 ? $"{(plugin.CpuMs - cpuBefore) / 1000 / seconds:P0} CPU" : ""), Cell(""), Cell(Figures.Size(plugin.MemoryBytes)));
        }
    }

    private static Text Cell(string text) => new(text);

    private static string Rate(long records, double seconds) => seconds > 0 ? $"{Figures.Count((long)(records / seconds))}/s" : "";

    private sealed record Progress(StepProgressed Step, long At);
}
