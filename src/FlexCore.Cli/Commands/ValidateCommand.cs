using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Cli.Output;
using FlexCore.Domain;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Infrastructure;
using FlexCore.Plugins;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore validate FILE</c>.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The pipeline file" };
        var command = new Command("validate", "Check a pipeline, its plugins and grants; every error at once. Example: flexcore validate pipeline.yaml")
        {
            file, RunCommand.Set, RunCommand.GrantOption, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(CommandLine.Json);
            var path = parsed.GetRequiredValue(file);
            var project = ProjectLocation.OfPipeline(path, parsed);
            await using var plugins = new PluginsModule(project.Data, project.AllData, project.Root, TimeProvider.System);
            var request = new PipelineRequest(path, RunCommand.ReadSet(parsed), RunCommand.ReadGrantAll(parsed));
            var settings = project.ReadSettings();
            var secrets = InfrastructureModule.OpenSecrets(project.Data, settings.Secrets, TimeProvider.System);
            var result = await plugins.CreatePipelineReader(secrets, (name, token) => ReadPluginAsync(project, name, token), settings).ReadAsync(request, cancellationToken);
            if (!result.IsSuccess) return new ErrorPrinter(json).Print(result.Errors);

            var pipeline = result.Value;
            var wrong = await new SubPipelineGraph((name, token) => ReadPipelineAsync(project, name, token)).CheckAsync([pipeline], cancellationToken);
            if (wrong.Count > 0) return new ErrorPrinter(json).Print(wrong);
            var partitioned = pipeline.Steps.OfType<SyncStep>().Where(step => step.Partitions is not null).ToList();
            var grants = pipeline.Steps.SelectMany(step => step.Plugins.Select(use => (Step: step.Id, Plugin: use.Manifest.Name, use.Grant))).ToList();
            if (json)
            {
                JsonOutput.Print(new JsonObject
                {
                    ["ok"] = true,
                    ["pipeline"] = pipeline.Name,
                    ["hash"] = pipeline.Hash,
                    ["steps"] = JsonOutput.Array(pipeline.Steps, step => step.Id),
                    ["partitions"] = JsonOutput.Array(partitioned, step => new JsonObject
                    {
                        ["step"] = step.Id,
                        ["taps"] = step.Partitions!.Taps,
                        ["together"] = JsonOutput.Array(step.Partitions.Together, names => JsonOutput.Array(names, name => JsonValue.Create(name))),
                    }),
                    ["grants"] = JsonOutput.Array(grants, grant => new JsonObject { ["step"] = grant.Step, ["plugin"] = grant.Plugin, ["grant"] = grant.Grant.ToString() }),
                });
                return 0;
            }

            Console.Out.WriteLine($"{path}: ok, pipeline {pipeline.Name} with {pipeline.Steps.Count} step(s)");
            foreach (var step in partitioned) Console.Out.WriteLine($"  {step.Id}: {Printable.Escape(step.Partitions!.ToString())}");
            foreach (var grant in grants) Console.Out.WriteLine($"  {grant.Step}: {grant.Plugin} gets {grant.Grant}");
            return 0;
        });
        return command;
    }

    private static async Task<Pipeline> ReadPipelineAsync(ProjectLocation project, string name, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(project.Data)) return Pipeline.Unknown;
        await using var session = await Session.OpenAsync(project, cancellationToken);
        return await session.ReadPipelineAsync(name, cancellationToken);
    }

    /// <summary>To check a file makes no data directory, and opens it only for a plugin that may be registered there.</summary>
    private static async Task<Plugin> ReadPluginAsync(ProjectLocation project, string name, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(project.Data)) return Plugin.Unknown;
        await using var session = await Session.OpenAsync(project, cancellationToken);
        return await session.ReadPluginAsync(name, cancellationToken);
    }
}
