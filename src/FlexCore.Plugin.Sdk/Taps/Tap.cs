namespace FlexCore.Sdk.Taps;

/// <summary>A source that is open.</summary>
public interface ITapSource : IAsyncDisposable
{
    /// <summary>Looks which record streams there are.</summary>
    ValueTask<IReadOnlyList<TapStream>> DiscoverAsync(CancellationToken cancellationToken);

    /// <summary>Reads what is wanted: for each stream <see cref="TapOutput.BeginStream"/>, its records, and now and then a bookmark with a STATE.</summary>
    ValueTask ReadAsync(IReadOnlyList<SelectedStream> streams, TapOutput output, CancellationToken cancellationToken);
}

/// <summary>A tap: opens its source by its settings.</summary>
/// <typeparam name="TSettings">Its settings.</typeparam>
/// <param name="declaration">What is said of it.</param>
/// <param name="open">Opens the source.</param>
public sealed class Tap<TSettings>(PluginDeclaration declaration, Func<TSettings, CancellationToken, ValueTask<ITapSource>> open) : IPlugin
{
    /// <inheritdoc/>
    public PluginDeclaration Declaration => declaration;

    /// <inheritdoc/>
    public string Kind => "tap";

    /// <inheritdoc/>
    public Task<int> RunAsync(string[] args) => PluginProgram.RunAsync(async stop =>
    {
        var arguments = Arguments.Parse(args);
        await using var standardOutput = Console.OpenStandardOutput();
        if (arguments.About)
        {
            await standardOutput.WriteAsync(System.Text.Encoding.UTF8.GetBytes(PluginProgram.Describe(declaration, Kind) + "\n"), stop).ConfigureAwait(false);
            return;
        }

        var settings = Settings.SettingsFile.Read<TSettings>(arguments.Config, declaration.Settings);
        var state = Arguments.ReadObject("--state", arguments.State);
        var catalog = Arguments.ReadObject("--catalog", arguments.Catalog);
        var source = await open(settings, stop).ConfigureAwait(false);
        await using var closing = source.ConfigureAwait(false);
        var found = await source.DiscoverAsync(stop).ConfigureAwait(false);
        if (arguments.Discover)
        {
            await standardOutput.WriteAsync(System.Text.Encoding.UTF8.GetBytes(Catalog.Describe(found).ToJsonString() + "\n"), stop).ConfigureAwait(false);
            return;
        }

        var output = new TapOutput(standardOutput, state);
        await source.ReadAsync(Catalog.Select(found, catalog, state), output, stop).ConfigureAwait(false);
        await output.FlushAsync(stop).ConfigureAwait(false);
    });
}
