using FlexCore.Connectors;

if (args is [var name, .. var rest] && BuiltIn.Find(name) is { } connector) return await connector.RunAsync(rest);
Console.Error.WriteLine($"error: the first argument names a connector: {string.Join(", ", BuiltIn.Names)}");
return 2;
