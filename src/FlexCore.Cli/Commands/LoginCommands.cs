using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Domain;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore login</c> and <c>flexcore logout</c>.</summary>
internal static class LoginCommands
{
    private const string UsualName = "default";
    private const int LongestToken = 16 * 1024;

    private static readonly Option<string> Name = new("--profile") { Description = "What the server is called here", HelpName = "NAME", DefaultValueFactory = _ => UsualName };

    // Caught, so that no error repeats it.
    private static readonly Argument<string[]> Rest = new("TOKEN") { Hidden = true, Arity = ArgumentArity.ZeroOrMore };

    public static Command Login()
    {
        var url = new Argument<string>("URL") { Description = "The address of the server, such as https://flexcore.example.com" };
        var command = new Command("login", "Keep the address of a server and an access token for it, which is asked for or read from standard input. Example: flexcore login https://flexcore.example.com --profile prod")
        {
            url, Rest, Name, ServerLocation.Insecure, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(Rest) is { Length: > 0 })
                throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "the access token is no argument, for arguments are seen by others", SpecificRemedy: "Give it on standard input, or type it when asked; and have it revoked: `flexcore token revoke`."));
            var name = ReadName(parsed);
            var isInsecure = parsed.GetValue(ServerLocation.Insecure);
            var address = ServerLocation.ReadAddress(parsed.GetRequiredValue(url), isInsecure);
            var token = Console.IsInputRedirected ? await ReadAsync(cancellationToken) : (await HiddenPrompt.AskAsync($"Access token for {address}", cancellationToken)).Trim();
            if (token.Length == 0 || token.Any(c => !char.IsBetween(c, '!', '~'))) throw new FlexCoreException(new Error(ErrorCodes.TokenRefused, "that is not an access token"));

            // Not kept before the server has taken it.
            using var connection = new ServerConnection(new ServerLocation(address, token));
            var identity = await connection.Client.WhoAmIAsync(cancellationToken);
            Profiles.Read().With(new ServerProfile(name, address.AbsoluteUri, token, isInsecure)).Write();
            return ApiCommand.Print(parsed, identity, JsonOutput.Documents.Identity, who => Console.Out.WriteLine($"logged in to {address} as {Printable.Escape(who.Name)}, {who.Role}{(who.Pipelines is { } pipelines ? $" for {Printable.Escape(string.Join(", ", pipelines))}" : "")}: use it with --profile {name}"));
        });
        return command;
    }

    public static Command Logout()
    {
        var command = new Command("logout", "Forget a server and its access token, which stays valid: `flexcore token revoke` ends it. Example: flexcore logout --profile prod") { Name };
        command.SetAction(parsed =>
        {
            var name = ReadName(parsed);
            var profiles = Profiles.Read();
            if (profiles.Find(name) is null) throw new FlexCoreException(new Error(ErrorCodes.NotFound, $"there is no profile {name}", SpecificRemedy: $"There are: {string.Join(", ", profiles.All.Select(profile => profile.Name).DefaultIfEmpty("none"))}."));
            profiles.Without(name).Write();
            Console.Out.WriteLine($"profile {name} is forgotten");
            return 0;
        });
        return command;
    }

    private static string ReadName(ParseResult parsed) => parsed.GetRequiredValue(Name) is var name && Names.IsValid(name)
        ? name
        : throw new FlexCoreException(new Error(ErrorCodes.InvalidName, $"--profile {Printable.Escape(name)}: that is not a valid name of a profile"));

    private static async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        var text = new char[LongestToken];
        var length = await Console.In.ReadBlockAsync(text, cancellationToken);
        return new string(text, 0, length).Trim();
    }
}
