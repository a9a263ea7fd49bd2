using System.Net;
using System.Net.Sockets;

namespace FlexCore.Sandbox.Network;

/// <summary>One connection that a program has made to a destination granted to it.</summary>
internal sealed class GateConnection(Socket program, SandboxEndpoint destination, GrantedHost host, LargeBuffers buffers, TimeProvider timeProvider)
{
    private const int MostTries = 3;
    private static readonly TimeSpan PatiencePerTry = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Socket? _outside;
    private bool _ended;

    /// <summary>Completes when all that the program sent has been passed on, or nothing more will be.</summary>
    public Task Sent => _sent.Task;

    /// <summary>Connects to the destination and passes bytes on until both sides are done, or <see cref="End"/>.</summary>
    public async Task<SandboxConnection> RunAsync()
    {
        var (began, timestamp) = (timeProvider.GetUtcNow(), timeProvider.GetTimestamp());
        var (outcome, address) = await ConnectAsync().ConfigureAwait(false);
        var relay = outcome == SandboxConnectionOutcome.Connected ? new Relay(program, _outside!, buffers) : null;
        if (relay is null)
        {
            program.Close(timeout: 0);
        }
        else
        {
            var receiving = relay.ReceiveAsync();
            await relay.SendAsync().ConfigureAwait(false);
            _sent.TrySetResult();
            await receiving.ConfigureAwait(false);
        }

        _sent.TrySetResult();
        program.Dispose();
        _outside?.Dispose();
        return new SandboxConnection(
            destination, outcome, address, relay?.BytesSent ?? 0, relay?.BytesReceived ?? 0, began, timeProvider.GetElapsedTime(timestamp));
    }

    /// <summary>Ends it now. What has been passed on still arrives, if it was all that the program sent; otherwise the destination sees a reset.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            if (_sent.Task.IsCompleted) _outside?.Dispose();
            else _outside?.Close(timeout: 0);
            program.Close(timeout: 0);
        }
    }

    private async Task<(SandboxConnectionOutcome Outcome, IPAddress? Address)> ConnectAsync()
    {
        var (usable, refused) = await host.ResolveAsync().ConfigureAwait(false);
        if (refused is not null) return (SandboxConnectionOutcome.AddressRefused, refused);
        var outcome = SandboxConnectionOutcome.NotResolved;
        foreach (var address in usable.Take(MostTries))
        {
            outcome = await TryAsync(address).ConfigureAwait(false);
            if (outcome == SandboxConnectionOutcome.Connected) return (outcome, address);
        }

        return (outcome, usable.Count > 0 ? usable[0] : null);
    }

    private async Task<SandboxConnectionOutcome> TryAsync(IPAddress address)
    {
        try
        {
            // Nothing may wait for more: what the program or the destination sends is sent to be read.
            program.NoDelay = true;
            var outside = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            lock (_lock)
            {
                _outside?.Dispose();
                _outside = outside;
                if (_ended) outside.Dispose();
            }

            outside.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            await outside.ConnectAsync(new IPEndPoint(address, destination.Port)).WaitAsync(PatiencePerTry, timeProvider).ConfigureAwait(false);
            return SandboxConnectionOutcome.Connected;
        }
        catch (Exception e) when (e is TimeoutException or SocketException { SocketErrorCode: SocketError.TimedOut } || (e is SocketException or ObjectDisposedException && _ended))
        {
            return SandboxConnectionOutcome.TimedOut;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return SandboxConnectionOutcome.Unreachable;
        }
    }
}
