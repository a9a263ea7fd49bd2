using FlexCore.Sdk.Settings;

namespace FlexCore.Sdk.Targets;

/// <summary>A target: opens its destination by its settings.</summary>
/// <typeparam name="TSettings">Its settings.</typeparam>
/// <param name="declaration">What is said of it.</param>
/// <param name="open">Opens the destination.</param>
public sealed class Target<TSettings>(PluginDeclaration declaration, Func<TSettings, CancellationToken, ValueTask<ITargetSession>> open) : IPlugin
{
    /// <inheritdoc/>
    public PluginDeclaration Declaration => declaration;

    /// <inheritdoc/>
    public string Kind => "target";

    /// <inheritdoc/>
    public Task<int> RunAsync(string[] args) => PluginProgram.RunAsync(async stop =>
    {
        var arguments = Arguments.Parse(args);
        await using var output = Console.OpenStandardOutput();
        if (arguments.About)
        {
            await output.WriteAsync(System.Text.Encoding.UTF8.GetBytes(PluginProgram.Describe(declaration, Kind) + "\n"), stop).ConfigureAwait(false);
            return;
        }

        var session = await open(SettingsFile.Read<TSettings>(arguments.Config, declaration.Settings), stop).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        await using var input = Console.OpenStandardInput();
        await new TargetLoop(session, input, output, TimeProvider.System).RunAsync(stop).ConfigureAwait(false);
    });
}
