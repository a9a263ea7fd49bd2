using System.CommandLine;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure;
using FlexCore.Plugins;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Find out what works on this machine, or that of a server, what to do about the rest, and which settings hold and why. Example: flexcore doctor")
        {
            CommandLine.Data, CommandLine.Environment, CommandLine.Json, ServerLocation.Server, ServerLocation.Profile, ServerLocation.Insecure,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var found = ServerLocation.Read(parsed) is { } server ? await AskServerAsync(server, cancellationToken) : await LookAsync(ProjectLocation.OfCurrentFolder(parsed), cancellationToken);
            ApiCommand.Print(parsed, found, JsonOutput.Documents.MachineDiagnosis, DiagnosisPrinter.Print);
            return found.Ok ? 0 : ErrorCodes.IsolationUnavailable.ExitCode;
        });
        return command;
    }

    // By itself: what looks here does not load what speaks HTTP.
    private static async Task<MachineDiagnosis> AskServerAsync(ServerLocation server, CancellationToken cancellationToken)
    {
        using var connection = new ServerConnection(server);
        return await connection.Client.DiagnoseAsync(cancellationToken);
    }

    // Without a session: it tells why there can be none.
    private static async Task<MachineDiagnosis> LookAsync(ProjectLocation project, CancellationToken cancellationToken)
    {
        await using var plugins = new PluginsModule(project.Data, project.AllData, project.Root, TimeProvider.System) { FindBuiltIn = BuiltInPlugins.Find };
        return DiagnosisDocuments.Describe(await new MachineDoctor(project, plugins, token => OpenFileAsync(project.Data, token)).LookAsync(cancellationToken));
    }

    // Opened in a folder of its own, so that looking leaves nothing behind; a data directory that exists is opened itself.
    private static async Task<string> OpenFileAsync(string data, CancellationToken cancellationToken)
    {
        var exists = Directory.Exists(data);
        var folder = exists ? data : Path.Combine(Path.GetTempPath(), $"flexcore-doctor-{Guid.CreateVersion7():n}");
        try
        {
            await using var infrastructure = await InfrastructureModule.OpenAsync(folder, ProjectSettings.Usual, TimeProvider.System, cancellationToken);
            await infrastructure.Log.ReadLogAsync(new EventQuery(0, Limit: 1), cancellationToken);
            return exists ? $"SQLite, in {folder}" : "SQLite works";
        }
        finally
        {
            if (!exists && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }
}
