using FlexCore.Application.Monitoring;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Infrastructure;
using FlexCore.Plugins;

namespace FlexCore.Cli;

/// <summary>The composition root: the use cases of one command on one data directory.</summary>
internal sealed class Session : IAsyncDisposable
{
    private readonly InfrastructureModule _infrastructure;
    private readonly PluginsModule _plugins;

    private Session(InfrastructureModule infrastructure, PluginsModule plugins)
    {
        _infrastructure = infrastructure;
        _plugins = plugins;
    }

    public RunPipeline RunPipeline => new(
        _plugins.Pipelines,
        new HostIsolation(_plugins.Isolation, Log),
        _infrastructure.Locks,
        Interrupted,
        Log,
        new RunEngine(_plugins.CreateStepRunner(Log, _infrastructure.DeadLetters, _infrastructure.Logs), Log, TimeProvider.System));

    public ListRuns ListRuns => new(Log, Interrupted);

    public ShowRun ShowRun => new(Log, Interrupted);

    public GetState GetState => new(Log);

    public ReadEvents ReadEvents => new(Log);

    public AddPlugin AddPlugin => new(_plugins.Folders, Log);

    public ListPlugins ListPlugins => new(Log);

    public IRunLogs Logs => _infrastructure.Logs;

    private IEventLog Log => _infrastructure.Log;

    private InterruptedRuns Interrupted => new(Log, _infrastructure.Locks);

    public static async Task<Session> OpenAsync(ProjectLocation project, CancellationToken cancellationToken)
    {
        var infrastructure = await InfrastructureModule.OpenAsync(project.Data, TimeProvider.System, cancellationToken);
        return new Session(infrastructure, new PluginsModule(project.Data, project.Root, TimeProvider.System));
    }

    public async ValueTask DisposeAsync()
    {
        await _plugins.DisposeAsync();
        await _infrastructure.DisposeAsync();
    }
}
