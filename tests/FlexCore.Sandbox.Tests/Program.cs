using FlexCore.Sandbox.Tests.Scenarios;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace FlexCore.Sandbox.Tests;

/// <summary>The tests' own executable is also the runtime that some of them start as another user, or kill.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args)
    {
        if (Environment.GetEnvironmentVariable(RuntimeScenario.Variable) is { } scenario)
        {
            return RuntimeScenario.PlayAsync(scenario, args);
        }

        return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
            ? TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : ConsoleRunner.Run(args);
    }
}
