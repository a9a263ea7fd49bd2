using FlexCore.Sandbox;

namespace FlexCore.Plugins.Sync;

/// <summary>One program that a flow writes to. Its input is ended between two writes, by whoever wants it ended.</summary>
internal sealed class FlowSink(string thread, SandboxInput input)
{
    /// <summary>How long a thread of its own waits for room, in milliseconds, before it is given up for as long as there is none.</summary>
    private const int Patience = 50;

    private readonly Lock _gate = new();
    private bool _isWriting;
    private volatile bool _isEnded;

    /// <summary>Whether its input has been ended: from then on the program may end too.</summary>
    public bool IsEnded => _isEnded;

    /// <summary>Whether the program has closed its input before we did.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Writes whole lines, on a thread of its own.</summary>
    /// <returns>False when the program has closed its input or ended, or the input was ended on our side.</returns>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> lines)
    {
        lock (_gate)
        {
            if (_isEnded) return false;
            _isWriting = true;
        }

        try
        {
            while (!lines.IsEmpty)
            {
                var count = input.Write(lines.Span, Patience);
                if (count < 0)
                {
                    IsClosed = true;
                    return false;
                }

                lines = lines[count..];
                if (count > 0) continue;
                await input.WhenWritableAsync();
                await NamedThread.SwitchTo(thread);
            }

            return true;
        }
        finally
        {
            lock (_gate)
            {
                _isWriting = false;
                if (_isEnded) input.Complete();
            }
        }
    }

    /// <summary>Ends the input: now, or when what is being written has been. Does not block.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isEnded = true;
            if (!_isWriting) input.Complete();
        }
    }
}
