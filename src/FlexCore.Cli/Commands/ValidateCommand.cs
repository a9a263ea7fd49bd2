using System.CommandLine;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Infrastructure;
using FlexCore.Plugins;
using FlexCore.Server.Documents;
using CatalogEntry = FlexCore.Application.Ports.CatalogEntry;
using Pipeline = FlexCore.Domain.Pipelines.Pipeline;
using Plugin = FlexCore.Domain.Plugins.Plugin;
using ValidatePipeline = FlexCore.Client.ValidatePipeline;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore validate FILE</c>.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The pipeline file" };
        var command = new Command("validate", "Check a pipeline, its plugins and grants; every error at once. Example: flexcore validate pipeline.yaml")
        {
            file, RunCommand.Set, RunCommand.GrantOption, CommandLine.Data, CommandLine.Environment, CommandLine.Json, ServerLocation.Server, ServerLocation.Profile, ServerLocation.Insecure,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            var validated = ServerLocation.Read(parsed) is { } server ? await AskAsync(server, path, parsed, cancellationToken) : await CheckAsync(path, parsed, cancellationToken);
            return ApiCommand.Print(parsed, validated, JsonOutput.Documents.ValidatedPipeline, pipeline => Print(path, pipeline));
        });
        return command;
    }

    private static async Task<ValidatedPipeline> AskAsync(ServerLocation server, string path, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (RunCommand.ReadGrantAll(parsed)) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "--grant all is for runs on this machine", SpecificRemedy: "On a server plugins are granted with `flexcore plugin grant`."));
        var source = PipelineFiles.Read([path], parsed)[0];
        using var connection = new ServerConnection(server);
        return await connection.Client.ValidatePipelineAsync(new ValidatePipeline(source.Name, source.Text, RunCommand.ReadSet(parsed)), cancellationToken);
    }

    /// <summary>To check a file makes no data directory, and opens it only for what may be on record there.</summary>
    private static async Task<ValidatedPipeline> CheckAsync(string path, ParseResult parsed, CancellationToken cancellationToken)
    {
        var project = ProjectLocation.OfPipeline(path, parsed);
        await using var plugins = new PluginsModule(project.Data, project.AllData, project.Root, TimeProvider.System) { FindBuiltIn = BuiltInPlugins.Find };
        var request = new PipelineRequest(path, RunCommand.ReadSet(parsed), RunCommand.ReadGrantAll(parsed));
        var settings = project.ReadSettings();
        var secrets = InfrastructureModule.OpenSecrets(project.Data, settings.Secrets, TimeProvider.System);
        var read = await plugins.CreatePipelineReader(secrets, (name, token) => ReadPluginAsync(project, name, token), (kind, name, token) => FindEntryAsync(project, kind, name, token), settings).ReadAsync(request, cancellationToken);
        if (!read.IsSuccess) throw new FlexCoreException(read.Errors);
        var wrong = await new SubPipelineGraph((name, token) => ReadPipelineAsync(project, name, token)).CheckAsync([read.Value], cancellationToken);
        return wrong.Count == 0 ? PipelineDocuments.Describe(read.Value) : throw new FlexCoreException(wrong);
    }

    private static void Print(string path, ValidatedPipeline pipeline)
    {
        Console.Out.WriteLine($"{path}: ok, pipeline {pipeline.Pipeline} with {pipeline.Steps.Count} step(s)");
        foreach (var step in pipeline.Partitions) Console.Out.WriteLine($"  {step.Step}: {Printable.Escape(new StreamPartitions(step.Taps, step.Together).ToString())}");
        foreach (var grant in pipeline.Grants) Console.Out.WriteLine($"  {grant.Step}: {grant.Plugin} gets {grant.Grant}");
    }

    private static async Task<Pipeline> ReadPipelineAsync(ProjectLocation project, string name, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(project.Data)) return Pipeline.Unknown;
        await using var session = await Session.OpenAsync(project, cancellationToken);
        return await session.ReadPipelineAsync(name, cancellationToken);
    }

    private static async ValueTask<CatalogEntry?> FindEntryAsync(ProjectLocation project, string kind, string name, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(project.Data)) return null;
        await using var session = await Session.OpenAsync(project, cancellationToken);
        return await session.FindEntryAsync(kind, name, cancellationToken);
    }

    private static async Task<Plugin> ReadPluginAsync(ProjectLocation project, string name, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(project.Data)) return Plugin.Unknown;
        await using var session = await Session.OpenAsync(project, cancellationToken);
        return await session.ReadPluginAsync(name, cancellationToken);
    }
}
