using FlexCore.Application.Ports;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.Singer;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Sync;

/// <summary>Sends dead letters again, in the place of the program that wrote them, each stream after its schema.</summary>
internal sealed class Replay(StepReplay request, IDeadLetters store) : IDisposable
{
    private readonly Dictionary<long, Guid> _letterByLine = [];
    private readonly HashSet<Guid> _failed = [];
    private readonly JsonTape _tape = new();
    private readonly Lock _gate = new();
    private Task _writing = Task.CompletedTask;
    private SandboxOutput? _output;

    /// <inheritdoc cref="StepReplay.Stage"/>
    public int Stage => request.Stage;

    /// <summary>Begins to send.</summary>
    public SandboxOutput Start()
    {
        (var input, _output) = SandboxPipe.Create();
        _writing = WriteAsync(input);
        return _output;
    }

    /// <summary>A letter could not be processed again: it stays open.</summary>
    public void Fail(long line)
    {
        lock (_gate) _failed.Add(_letterByLine[line]);
    }

    /// <summary>Waits until all is sent, behind targets that have taken it.</summary>
    /// <returns>The letters that they have taken.</returns>
    public async Task<IReadOnlyList<Guid>> FinishAsync()
    {
        await _writing;
        lock (_gate) return [.. _letterByLine.Values.Where(letter => !_failed.Contains(letter))];
    }

    /// <summary>Ends what is still being sent: nobody reads it any more.</summary>
    public void Dispose() => _output?.Dispose();

    /// <summary>What was put aside because nobody could read it must not reach a target as it is, nor end the sending of the others.</summary>
    private bool IsReadable(ReadOnlyMemory<byte> raw) => _tape.Read(raw) is null && SingerMessage.Inspect(raw.Span, out _) is null;

    private void KeepOpen(Guid id)
    {
        lock (_gate) _failed.Add(id);
    }

    private async Task WriteAsync(SandboxInput input)
    {
        try
        {
            var schemas = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
            var line = 0L;
            var rest = new Queue<Guid>(request.Letters);
            var early = new HashSet<Guid>();
            while (rest.TryDequeue(out var id))
            {
                // Whoever was dealt with since, is not sent.
                if (await store.FindAsync(id, CancellationToken.None) is not { Status: DeadLetterStatus.Open } letter) continue;
                if (!IsReadable(letter.Raw))
                {
                    KeepOpen(id);
                    continue;
                }

                if (letter is { Reason: DeadLetterReason.NoSchema, Schema: null } && !schemas.ContainsKey(letter.Stream))
                {
                    // Another letter of its stream may bring the SCHEMA that it came before.
                    if (early.Add(id)) rest.Enqueue(id);
                    else KeepOpen(id);
                    continue;
                }

                if (letter.Schema is { } schema && !(schemas.TryGetValue(letter.Stream, out var last) && last.Span.SequenceEqual(schema.Span)))
                {
                    schemas[letter.Stream] = schema;
                    line++;
                    if (!await input.WriteAsync((byte[])[.. schema.Span, (byte)'\n'])) return;
                }

                line++;
                lock (_gate) _letterByLine[line] = id;
                if (!await input.WriteAsync((byte[])[.. letter.Raw.Span, (byte)'\n'])) return;
            }
        }
        finally
        {
            input.Complete();
        }
    }
}
