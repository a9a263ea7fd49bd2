using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Execution;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>Runs the steps for which no plugin is started.</summary>
internal sealed class BuiltInStepRunner(IHttpServices services, ISqlDatabases databases)
{
    private const int MostOutputBytes = 1 << 20;

    /// <summary>Makes one attempt.</summary>
    public async Task<StepResult> RunAsync(BuiltInStep step, StepScope scope)
    {
        var stop = scope.Stop.Gently;
        try
        {
            var output = await RunAsync(step, scope.SettingsOf(step), scope, stop);
            if (output.Length > MostOutputBytes) throw StepData.Invalid($"what it leaves is more than {MostOutputBytes >> 20} MiB: write it to a file with `save`");
            return new StepResult(StepTally.Nothing, Failure: null, JsonElement.Parse(output.Span));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Failed(PluginOutcome.Cancelled, ErrorCodes.RunCancelled, "stopped by a signal");
        }
        catch (FlexCoreException e) when (!e.IsOfTheLog)
        {
            return Failed(OutcomeOf(e.Error.Code), e.Error.Code, e.Error.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Failed(PluginOutcome.Protocol, ErrorCodes.StepDataInvalid, $"a file could not be read or written: {e.Message}");
        }
    }

    /// <returns>What it leaves: a JSON object.</returns>
    private Task<ReadOnlyMemory<byte>> RunAsync(BuiltInStep step, JsonElement settings, StepScope scope, CancellationToken cancellationToken)
    {
        var said = scope.Log(step.Kind.ToString().ToLowerInvariant());
        Action<string> say = text => said.Note(LogLineLevel.Info, Printable.Escape(said.Mask.Apply(text)));
        return step.Kind switch
        {
            BuiltInKind.Http => new HttpStep(Read(settings, BuiltInJson.Default.HttpSettings), services, say).RunAsync(cancellationToken),
            BuiltInKind.Sql => new SqlStep(Read(settings, BuiltInJson.Default.SqlSettings), databases, say).RunAsync(cancellationToken),
            _ => new JsonStep(Read(settings, BuiltInJson.Default.JsonSettings), say).RunAsync(cancellationToken),
        };
    }

    // What was known before the run was checked then: what an earlier step has left may be of another type than is wanted.
    private static T Read<T>(JsonElement settings, JsonTypeInfo<T> type)
    {
        try
        {
            return settings.Deserialize(type)!;
        }
        catch (JsonException e)
        {
            throw StepData.Invalid($"the settings are not of the right types, at {e.Path}");
        }
    }

    /// <summary>What may pass is told apart from what does not, as of a plugin: <c>retry</c> and the circuits of systems go by it.</summary>
    private static PluginOutcome OutcomeOf(ErrorCode code) =>
        code == ErrorCodes.SystemTimedOut ? PluginOutcome.Timeout : code.IsTransient ? PluginOutcome.ExitCode : PluginOutcome.Protocol;

    private static StepResult Failed(PluginOutcome outcome, ErrorCode code, string message) => new(StepTally.Nothing, new StepFailure(null, outcome, code.Id, message), Output: null);
}
