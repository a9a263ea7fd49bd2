using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Yaml;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Sync;

/// <summary>
/// The full refresh of a sync: targets that allow it write into a shadow of their folder, and what came has to pass the guards before it takes the old
/// content's place and the state moves. Of any other run it only removes what a killed one has left.
/// </summary>
internal sealed class FullRefresh : IAsyncDisposable
{
    private readonly StepScope _scope;
    private readonly IEventLog _log;
    private readonly CommittedState _before;
    private readonly RefreshGuards? _guards;
    private readonly bool _isRefresh;
    private readonly List<(ShadowFolder Shadow, string Folder)> _shadows = [];
    private StateCommitted? _held;
    private long _version;

    private FullRefresh(SyncStep step, StepScope scope, IEventLog log, CommittedState before)
    {
        (_scope, _log, _before) = (scope, log, before);
        _guards = step.Guards;
        _version = before.Version;
        _isRefresh = scope.Request is { FullRefresh: true, IsDryRun: false, Replay: null };
        Targets = step.To;
    }

    /// <summary>The targets as they are to be started.</summary>
    public IReadOnlyList<PluginUse> Targets { get; private set; }

    /// <summary>Whether no STATE may be committed before the end: until then it is not known whether what it stands for will be there.</summary>
    public bool HoldsState => _isRefresh && (_shadows.Count > 0 || _guards is not null);

    /// <summary>Makes the shadows.</summary>
    public static async Task<FullRefresh> BeginAsync(SyncStep step, StepScope scope, IEventLog log, CommittedState before)
    {
        var refresh = new FullRefresh(step, scope, log, before);
        if (scope.Request.IsDryRun) return refresh;
        var targets = new List<PluginUse>();
        foreach (var target in step.To)
        {
            if (FolderOf(target) is not { } folder) targets.Add(target);
            else if (refresh._isRefresh) targets.Add(await refresh.ShadowAsync(step, target, folder));
            else
            {
                await refresh.CleanAsync(folder);
                targets.Add(target);
            }
        }

        refresh.Targets = targets;
        return refresh;
    }

    /// <summary>Takes a STATE that came back, instead of committing it.</summary>
    public void Hold(JsonElement value, IReadOnlyList<TargetState>? targets) => _held = new StateCommitted(_scope.Request.RunId, value, targets);

    /// <summary>Ends a full refresh in which nothing went wrong: it passes the guards, then takes the old content's place, then its state is committed.</summary>
    /// <returns>Why it does not count; null when it does.</returns>
    public async Task<RecordProblem?> EndAsync(StepTally tally)
    {
        if (!_isRefresh) return null;
        var guards = _guards ?? (_shadows.Count > 0 ? RefreshGuards.Usual : null);
        var request = _scope.Request;
        var stream = EventStreams.Refreshes(request.Pipeline.Name, request.Step.Id);
        var last = (await _log.ReadLastAsync(stream, CancellationToken.None))?.Event as FullRefreshCompleted;
        if (guards?.Refuse(tally.Records, last?.Records ?? new Dictionary<string, long>()) is { } refusal)
            return new RecordProblem(ErrorCodes.RefreshRefused, $"the full refresh does not count: {refusal}");
        if (_held is not null && StateCommitter.Refuse(_scope.Mask, _held) is { } refused) return refused;

        await ExchangeAsync();
        if (_held is not null) await CommitAsync(_held);
        await _log.AppendAsync(stream, expectedVersion: null, [new FullRefreshCompleted(request.RunId, tally.Records, _shadows.Count > 0)], request.Hold, request.Context, CancellationToken.None);
        foreach (var (_, folder) in _shadows) await CleanAsync(folder);
        return null;
    }

    /// <summary>Removes shadows that have not taken their place.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var (shadow, folder) in _shadows)
        {
            try
            {
                await shadow.RemoveAsync();
            }
            catch (IOException e)
            {
                _scope.Observer.Warning($"what a full refresh of {folder} left could not be removed: {e.Message}");
            }
        }
    }

    private async Task<PluginUse> ShadowAsync(SyncStep step, PluginUse target, string folder)
    {
        if (WhyShared(step, target, folder) is { } shared) return InPlace(shared);
        if (HostPath.FindLink(folder) is { } link) return InPlace($"it is reached by the symbolic link {link}");
        try
        {
            Directory.CreateDirectory(folder);
            var shadow = await ShadowFolder.CreateAsync(folder, Owner);
            _shadows.Add((shadow, folder));
            return Redirect(target, folder, shadow.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return InPlace(e.Message);
        }

        PluginUse InPlace(string why)
        {
            _scope.Observer.Warning($"the full refresh goes into {folder} itself, and not beside it: {why}");
            return target;
        }
    }

    /// <summary>Removes the content from before, or what a killed run left.</summary>
    private async Task CleanAsync(string folder)
    {
        try
        {
            if (Directory.Exists(folder) && await ShadowFolder.CleanAsync(folder, Owner) is { } kept)
                _scope.Observer.Warning($"the content of {folder} before the full refresh had files that the new one has not; it is kept in {kept}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _scope.Observer.Warning($"what a full refresh of {folder} left could not be removed: {e.Message}");
        }
    }

    /// <summary>Puts the shadows in the place of their folders, while no bookmark says anything of either: the old one may be ahead of what is in the new content.</summary>
    private async Task ExchangeAsync()
    {
        if (_shadows.Count == 0) return;
        if (_before.Value is not null) await CommitAsync(new StateCommitted(_scope.Request.RunId, JsonElement.Parse("null")));
        foreach (var (index, (shadow, folder)) in _shadows.Index()) await ExchangeAsync(shadow, folder, isFirst: index == 0);
    }

    private async Task ExchangeAsync(ShadowFolder shadow, string folder, bool isFirst)
    {
        try
        {
            await shadow.ReplaceAsync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (isFirst && _before.Value is { } value)
                await CommitAsync(new StateSet(value, _before.Targets is [] ? null : _before.Targets, _before.IsForAllTargets, _before.Version, "the full refresh could not take its place"));
            throw new FlexCoreException(new Error(ErrorCodes.StoreUnavailable, $"what the full refresh wrote could not take the place of {folder}: {e.Message}", SpecificRemedy: "The old content is there still. Make the folder around it writable, and refresh again."), e);
        }
    }

    private async Task CommitAsync(IDomainEvent state)
    {
        var request = _scope.Request;
        _version = await _log.AppendAsync(EventStreams.State(request.Pipeline.Name, request.Step.Id), _version, [state], request.Hold, request.Context, CancellationToken.None);
    }

    // A pipeline runs once at a time; another one that writes the same folder has shadows of its own.
    private string Owner => "flexcore-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{_scope.Request.Pipeline.Name}.{_scope.Request.Step.Id}")))[..8];

    /// <summary>The folder in which all lies that a target writes, as its manifest says.</summary>
    private static string? FolderOf(PluginUse target) =>
        target.Manifest.ShadowField is { } field && target.Settings.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String && target.Grant.Write.Contains(value.GetString()!) ? value.GetString() : null;

    /// <summary>Why a folder holds more than what one target writes, so that another one cannot take its place.</summary>
    private string? WhyShared(SyncStep step, PluginUse target, string folder)
    {
        var pipeline = _scope.Request.Pipeline;
        if (Grant.Covers(folder, pipeline.File) || step.Plugins.Any(use => Grant.Covers(folder, use.Manifest.Folder))) return "the pipeline or a plugin lies in it";
        var writer = pipeline.Steps.SelectMany(other => other.Plugins).FirstOrDefault(use => !ReferenceEquals(use, target) && use.Grant.Write.Any(path => Grant.Covers(folder, path) || Grant.Covers(path, folder)));
        return writer is null ? null : $"{writer.Manifest.Name} writes there too";
    }

    private static PluginUse Redirect(PluginUse target, string folder, string shadow)
    {
        var settings = JsonObject.Create(target.Settings)!;
        settings[target.Manifest.ShadowField!] = shadow;
        return target with { Settings = settings.ToElement(), Grant = target.Grant with { Write = [.. target.Grant.Write.Select(path => path == folder ? shadow : path)] } };
    }
}
