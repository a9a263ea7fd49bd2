using Spectre.Console;

namespace FlexCore.Cli.Output;

/// <summary>Asks on the terminal for what nobody may see.</summary>
internal static class HiddenPrompt
{
    /// <summary>Asks.</summary>
    /// <param name="what">For what.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static Task<string> AskAsync(string what, CancellationToken cancellationToken)
    {
        // Looking for a key switches the terminal's echo off: what is pasted right behind the prompt must not show either.
        _ = Console.KeyAvailable;
        return new TextPrompt<string>($"{Markup.Escape(what)} (not shown):").Secret(mask: null)
            .ShowAsync(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }), cancellationToken);
    }
}
