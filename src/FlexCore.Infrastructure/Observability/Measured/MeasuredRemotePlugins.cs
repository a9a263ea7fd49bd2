using System.Text.Json;
using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>Plugins of other servers, with how long each operation takes.</summary>
internal sealed class MeasuredRemotePlugins(IRemotePlugins inner) : IRemotePlugins
{
    private static readonly MeasuredPort Port = new("remote-plugins");

    public Task<Guid> StartAsync(RemoteAccess at, string plugin, JsonElement input, IReadOnlyList<string> args, string key, CancellationToken cancellationToken) => Port.MeasureAsync("start", () => inner.StartAsync(at, plugin, input, args, key, cancellationToken));

    public Task<RemoteRun> ReadAsync(RemoteAccess at, Guid run, CancellationToken cancellationToken) => Port.MeasureAsync("read", () => inner.ReadAsync(at, run, cancellationToken));

    public Task<IReadOnlyList<string>> ReadLogAsync(RemoteAccess at, Guid run, int passed, CancellationToken cancellationToken) => Port.MeasureAsync("read-log", () => inner.ReadLogAsync(at, run, passed, cancellationToken));

    public Task CancelAsync(RemoteAccess at, Guid run, string reason, CancellationToken cancellationToken) => Port.MeasureAsync("cancel", () => inner.CancelAsync(at, run, reason, cancellationToken));
}
