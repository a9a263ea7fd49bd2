using System.Net;
using System.Net.Sockets;

namespace FlexCore.Sandbox.Network;

/// <summary>One connection that a program has made to a destination granted to it. All is done on the thread of its loop.</summary>
internal sealed class GateConnection(SocketLoop loop, Socket accepted, SandboxEndpoint destination, GrantedHost host, TimeProvider timeProvider)
{
    private const int MostTries = 3;
    private static readonly TimeSpan PatiencePerTry = TimeSpan.FromSeconds(5);

    private readonly LoopSocket _program = loop.Watch(accepted);
    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LoopSocket? _outside;
    private bool _ended;

    /// <summary>Completes when all that the program sent has been passed on, or nothing more will be.</summary>
    public Task Sent => _sent.Task;

    /// <summary>Connects to the destination and passes bytes on until both sides are done, or <see cref="End"/>.</summary>
    public async Task<SandboxConnection> RunAsync()
    {
        var (began, timestamp) = (timeProvider.GetUtcNow(), timeProvider.GetTimestamp());
        var (outcome, address) = await ConnectAsync().ConfigureAwait(false);
        await loop.SwitchTo();
        Relay? relay = null;
        if (outcome != SandboxConnectionOutcome.Connected)
        {
            _program.Reset();
        }
        else
        {
            relay = new Relay(loop, _program, _outside!);
            var receiving = relay.ReceiveAsync();
            await relay.SendAsync().ConfigureAwait(false);
            _sent.TrySetResult();
            await receiving.ConfigureAwait(false);
            await loop.SwitchTo();
            _program.Close();
            _outside!.Close();
        }

        _sent.TrySetResult();
        return new SandboxConnection(
            destination, outcome, address, relay?.BytesSent ?? 0, relay?.BytesReceived ?? 0, began, timeProvider.GetElapsedTime(timestamp));
    }

    /// <summary>Ends it now. What has been passed on still arrives, if it was all that the program sent; otherwise the destination sees a reset.</summary>
    public void End()
    {
        _ended = true;
        if (_sent.Task.IsCompleted) _outside?.Close();
        else _outside?.Reset();
        _program.Reset();
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
        await loop.SwitchTo();
        if (_ended) return SandboxConnectionOutcome.TimedOut;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        var outside = _outside = loop.Watch(socket);
        var (isConnected, isLate) = (false, false);
        using var patience = timeProvider.CreateTimer(_ => loop.Post(Abandon), null, PatiencePerTry, Timeout.InfiniteTimeSpan);
        try
        {
            // What either side sends is sent to be read, so nothing waits for more; and one that is silent for hours is asked whether it still lives.
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            accepted.NoDelay = true;
            await outside.ConnectAsync(new IPEndPoint(address, destination.Port)).ConfigureAwait(false);
            isConnected = true;
            return SandboxConnectionOutcome.Connected;
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            outside.Close();
            return isLate || _ended || e is SocketException { SocketErrorCode: SocketError.TimedOut } ? SandboxConnectionOutcome.TimedOut : SandboxConnectionOutcome.Unreachable;
        }

        void Abandon()
        {
            if (isConnected) return;
            isLate = true;
            outside.Close();
        }
    }
}
