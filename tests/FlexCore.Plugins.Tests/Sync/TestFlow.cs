using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Secrets;
using FlexCore.Plugins.Sync;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Tests.Sync;

/// <summary>A flow between pipes of this process.</summary>
internal sealed class TestFlow
{
    private readonly Dictionary<int, Task<byte[]>> _reading = [];

    public TestFlow(long lineLimit, int readers = 1, FlowStages? stages = null, Validation? validation = null)
    {
        var (input, source) = SandboxPipe.Create();
        var pipes = Enumerable.Range(0, readers).Select(_ => SandboxPipe.Create()).ToList();
        Input = input;
        Outputs = [.. pipes.Select(pipe => pipe.Output)];
        Letters = new LetterBox(validation ?? Validation.None, Request, SecretMask.Of(["s3cret"]), Warnings.Add, Kept, TimeProvider.System);
        var letters = new FlowLetters("tap", 0, Letters, replay: null);
        Lines = new FlowLines(lineLimit, stages ?? new FlowStages(ValidationMode.Off, [], new MaskKey(Path.GetTempPath(), StoreSettings.Embedded)), letters, states: null);
        Letters.CountIn = () => Sum(stream => stream.In);
        Flow = new SingerFlow("flow test", source, [.. pipes.Select(pipe => new FlowSink("flow test", pipe.Input))], lineLimit, Lines, letters);
    }

    public static StepRequest Request { get; } = new(
        Guid.CreateVersion7(),
        new PipelineDefinition { Name = "p", File = "/p.yaml", Document = default, Hash = "", Vars = new Dictionary<string, System.Text.Json.JsonElement>(StringComparer.Ordinal), Steps = [] },
        new NoopStep("load", []), Attempt: 1, FullRefresh: false, [], EventContext.New(Guid.Empty));

    public SandboxInput Input { get; }

    public IReadOnlyList<SandboxOutput> Outputs { get; }

    public SingerFlow Flow { get; }

    public FlowLines Lines { get; }

    public LetterBox Letters { get; }

    public KeptLetters Kept { get; } = new();

    public List<string> Warnings { get; } = [];

    public long Sum(Func<StreamCounter, long> count) => Lines.Counts.Snapshot().Values.Sum(count);

    /// <summary>Sends all bytes in pieces of these lengths, over and over, and returns what came out at the first reader.</summary>
    public async Task<(FlowEnd End, byte[] Received)> CarryAsync(byte[] sent, int[] pieces)
    {
        var running = Flow.RunAsync();
        var reading = ReadAsync(0);
        for (var reader = 1; reader < Outputs.Count; reader++) _ = ReadAsync(reader);
        for (int at = 0, turn = 0; at < sent.Length && !running.IsCompleted; turn++)
        {
            var length = Math.Min(pieces[turn % pieces.Length], sent.Length - at);
            var writing = Input.WriteAsync(sent.AsMemory(at, length)).AsTask();
            await Task.WhenAny(writing, running);
            at += length;
        }

        Input.Complete();
        return (await running, await reading);
    }

    /// <summary>Everything that one reader gets.</summary>
    public Task<byte[]> ReadAsync(int reader, int pieces = 64 * 1024) =>
        _reading.TryGetValue(reader, out var reading) ? reading : _reading[reader] = ReadToEndAsync(Outputs[reader], pieces);

    private static async Task<byte[]> ReadToEndAsync(SandboxOutput output, int pieces)
    {
        using var all = new MemoryStream();
        var buffer = new byte[pieces];
        int read;
        while ((read = await output.ReadAsync(buffer)) > 0) all.Write(buffer, 0, read);
        return all.ToArray();
    }
}

/// <summary>Dead letters, kept in a list: what becomes of them there is the store's own affair and tested with it.</summary>
internal sealed class KeptLetters : IDeadLetters
{
    private int _count;

    public List<DeadLetter> All { get; } = [];

    public int Count => Volatile.Read(ref _count);

    public ValueTask AddAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        All.AddRange(letters);
        Volatile.Write(ref _count, All.Count);
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken) => new(All.Find(letter => letter.Id == id));

    public ValueTask<int> EndAsync(IReadOnlyList<Guid> ids, DeadLetterStatus status, Guid? replayedBy, CancellationToken cancellationToken)
    {
        var open = All.FindAll(letter => ids.Contains(letter.Id) && letter.Status == DeadLetterStatus.Open);
        foreach (var letter in open) All[All.IndexOf(letter)] = letter with { Status = status, ReplayedBy = replayedBy };
        return new(open.Count);
    }
}
