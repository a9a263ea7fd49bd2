using FlexCore.Application.Settings;
using FlexCore.Infrastructure.Events;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure;

/// <content>The project's events on a bus.</content>
public sealed partial class InfrastructureModule
{
    private PublishedEvents? _published;

    /// <summary>Publishes what the log has, and what is appended to it, until what this gives is disposed. Of several nodes one does so at a time.</summary>
    /// <param name="settings">Where to.</param>
    /// <param name="environment">The environment; null for none.</param>
    /// <param name="logs">Told when the broker is away and when it is back.</param>
    public IAsyncDisposable Publish(BusSettings settings, string? environment, ILoggerFactory logs) => _published = PublishedEvents.Start(_store, settings, environment, _dataDirectory, logs, _time);
}
