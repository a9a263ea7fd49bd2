using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Cli.Output;
using FlexCore.Infrastructure;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore db backup|restore</c>.</summary>
internal static class DbBackupCommands
{
    public static Command Backup()
    {
        var file = new Argument<string>("FILE") { Description = "A file that is not there yet" };
        var logs = new Option<bool>("--logs") { Description = "With what plugins have said" };
        var command = new Command("backup", "Write all but the keys into one file, while runs go on, and verify the log in it. Example: flexcore db backup /backup/monday.tar.gz") { file, logs, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var project = ProjectLocation.OfCurrentFolder(parsed).MustExist();
            var path = parsed.GetRequiredValue(file);
            await using var session = await Session.OpenAsync(project, cancellationToken);
            var events = await OwnFile.WriteAsync(path, output => session.EventLog.BackUpAsync(output, session.Settings, parsed.GetValue(logs), cancellationToken));
            var size = new FileInfo(path).Length;
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["file"] = path, ["bytes"] = size, ["events"] = events });
            else Console.Out.WriteLine($"{Figures.Count(events, "event")} verified and in {path}, {Figures.Size(size)}");
            await Console.Error.WriteLineAsync($"note: the keys in {Path.Combine(project.Data, "keys")} are not in it, nor are the files of the project: keep copies of them in other places");
            return 0;
        });
        return command;
    }

    public static Command Restore()
    {
        var file = new Argument<string>("FILE") { Description = "What db backup has written" };
        var command = new Command("restore", "Make a data directory, and the tables on PostgreSQL, of a backup; the log in it is verified first. Example: flexcore db restore /backup/monday.tar.gz") { file, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var project = ProjectLocation.OfCurrentFolder(parsed);
            await using var input = OwnFile.OpenRead(parsed.GetRequiredValue(file));
            var (at, events) = await InfrastructureModule.RestoreAsync(input, project.Data, project.ReadSettings(), TimeProvider.System, cancellationToken);
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["data"] = project.Data, ["at"] = at, ["events"] = events });
            else Console.Out.WriteLine($"{Figures.Count(events, "event")} verified and in {project.Data}, as of {Figures.Time(at)}");
            return 0;
        });
        return command;
    }
}
