using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Execution;

namespace FlexCore.Plugins.Tasks;

/// <summary>A run of a plugin at another service: started, followed, ended. A service that is away for a while is waited for, and nothing is asked for twice by that.</summary>
internal sealed class FollowedRemoteRun(IRemotePlugins services, RemoteAccess at, PluginManifest manifest, PluginLog said, TimeProvider time)
{
    private const int MostOutputBytes = 1024 * 1024;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    // As long as it takes to start a server again, or to have another one in its place.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(30);

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private Guid? _id;
    private int _lines;
    private long _bytes;
    private long _heardAt = time.GetTimestamp();
    private FlexCoreException? _away;

    /// <summary>As the service told of it last; null where it never did.</summary>
    public RemoteRun? Last { get; private set; }

    /// <summary>Starts it, or finds what was started before with the same key.</summary>
    public async Task StartAsync(string plugin, JsonElement input, IReadOnlyList<string> args, string key, StopSignal stop)
    {
        // An attempt is not given up in its middle: whether there is a run has to be known, to end it.
        _id = await PersistAsync(_ => services.StartAsync(at, plugin, input, args, key, stop.AtOnce), stop.Gently);
        said.Note(LogLineLevel.Info, $"runs at {at.Address} as run {_id}");
    }

    /// <summary>Waits for its end.</summary>
    /// <param name="accepted">The lowest level of isolation that it may have there.</param>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    /// <exception cref="RemoteRefusedException">It must not go on.</exception>
    public async Task<RemoteRun> FollowAsync(IsolationLevel accepted, CancellationToken cancellationToken)
    {
        for (var pause = ShortestPause; ; pause = Longer(pause, 1.5))
        {
            var run = Last = await PersistAsync(token => services.ReadAsync(at, _id!.Value, token), cancellationToken);
            if (run.Status != RunStatus.Queued && run.Isolation < accepted)
            {
                throw new RemoteRefusedException(
                    PluginOutcome.SandboxFailed, ErrorCodes.IsolationUnavailable, $"runs at {at.Address} at level {Isolation.NameOf(run.Isolation)}, and here {Isolation.NameOf(accepted)} is the lowest that is accepted (`isolation` in flexcore.yaml)");
            }

            await ReadLogAsync(cancellationToken);
            if (run.IsEnded) return run;
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>What its end means here.</summary>
    public (StepFailure? Failure, JsonElement? Output) Judge(RemoteRun run)
    {
        if (run.Status == RunStatus.Succeeded)
        {
            if (run.Output is not { } left) return (null, null);
            return Read(left) is { } output ? (null, output) : (Failed(PluginOutcome.Protocol, ErrorCodes.TaskOutputInvalid, "left something there that is not a JSON object of at most 1 MiB"), null);
        }

        var how = run.Message ?? (run.Status == RunStatus.Cancelled ? "it was cancelled there" : "the service does not say why");
        var code = run.Status == RunStatus.Cancelled ? ErrorCodes.RunCancelled : run.Code is { } told && ErrorCodes.Find(told) is var known && known != ErrorCodes.Bug ? known : ErrorCodes.PluginExitCode;
        var outcome = run.Status == RunStatus.Cancelled ? PluginOutcome.Cancelled : run.Outcome is { } ended and not (PluginOutcome.Succeeded or PluginOutcome.Cancelled) ? ended : PluginOutcome.SandboxFailed;
        return (Failed(outcome, code, Describe($"{run.Status.ToString().ToLowerInvariant()}: {how}")), null);
    }

    /// <summary>Has it end, and waits for that; not for ever.</summary>
    public async Task StopAsync(string reason, CancellationToken atOnce)
    {
        if (_id is null && _away is not null) said.Note(LogLineLevel.Warning, $"whether {at.Address} has taken the wish for a run is not known: one may be under way there");
        if (_id is not { } id || Last is { IsEnded: true }) return;
        using var patience = new CancellationTokenSource(LongestStop, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(atOnce, patience.Token);
        try
        {
            await PersistAsync(async token =>
            {
                await services.CancelAsync(at, id, reason, token);
                return true;
            }, either.Token);
            for (var pause = ShortestPause; Last is not { IsEnded: true }; pause = Longer(pause, 1.5))
            {
                Last = await PersistAsync(token => services.ReadAsync(at, id, token), either.Token);
                if (!Last.IsEnded) await Task.Delay(pause, time, either.Token);
            }
        }
        catch (Exception e) when (e is FlexCoreException || (e is OperationCanceledException && either.IsCancellationRequested))
        {
            said.Note(LogLineLevel.Warning, $"run {id} at {at.Address} was to be cancelled, and may still be under way{(e is FlexCoreException failed ? $": {failed.Error.Message}" : "")}");
        }
    }

    /// <summary>Says where something happened.</summary>
    public string Describe(string what) => _id is { } id ? $"at {at.Address} (run {id}): {what}" : $"at {at.Address}: {what}";

    private StepFailure Failed(PluginOutcome outcome, ErrorCode code, string message) => new(manifest.Name, outcome, code.Id, $"{manifest.Name} {message}");

    /// <summary>All that it has said since.</summary>
    private async Task ReadLogAsync(CancellationToken cancellationToken)
    {
        while (await PersistAsync(token => services.ReadLogAsync(at, _id!.Value, _lines, token), cancellationToken) is { Count: > 0 } lines)
        {
            foreach (var line in lines.Select(Encoding.UTF8.GetBytes))
            {
                said.Line(line);
                _bytes += line.Length;
            }

            _lines += lines.Count;
            if (manifest.Limits.StdoutBytes is { } most && _bytes > most)
                throw new RemoteRefusedException(PluginOutcome.Limit, ErrorCodes.PluginLimit, $"said more than its limit of {most / (1024 * 1024.0):0.#} MiB (`limits.stdout`)");
        }
    }

    /// <summary>Asks until there is an answer, for as long as the service may be away.</summary>
    private async Task<T> PersistAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        for (var pause = ShortestPause; ; pause = Longer(pause, 2))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isTold = _away is not null;
            try
            {
                var answer = await ask(cancellationToken);
                _heardAt = time.GetTimestamp();
                if (isTold) said.Note(LogLineLevel.Info, $"{at.Address} answers again");
                _away = null;
                return answer;
            }
            catch (FlexCoreException e) when (e.Error.Code.IsTransient)
            {
                // That it was left alone meanwhile says nothing of why.
                _away = e.Error.Code == ErrorCodes.SystemResting ? _away ?? e : e;
                if (time.GetElapsedTime(_heardAt) > Patience) throw new FlexCoreException(_away.Error, e);
                if (!isTold) said.Note(LogLineLevel.Warning, $"{e.Error.Message}; it is asked again for {Patience.TotalSeconds:0} s");
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private static TimeSpan Longer(TimeSpan pause, double factor) => pause * factor < LongestPause ? pause * factor : LongestPause;

    private static JsonElement? Read(JsonElement output)
    {
        if (PluginJson.ParseObject(Encoding.UTF8.GetBytes(output.GetRawText())) is not { } read) return null;

        // As the plugin may have written it: the service may have escaped more.
        using var writer = new Utf8JsonWriter(Stream.Null, Plain);
        read.WriteTo(writer);
        return writer.BytesPending + writer.BytesCommitted <= MostOutputBytes ? read : null;
    }
}
