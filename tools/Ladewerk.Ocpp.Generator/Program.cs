using Ladewerk.Ocpp.Generator;

// Writes the wire records of one OCPP version from the official JSON schemas:
//   dotnet run --project tools/Ladewerk.Ocpp.Generator -- 1.6 <folder of schemas> src/Ladewerk.Ocpp/V16
if (args is not [var version, var schemas, var output])
{
    await Console.Error.WriteLineAsync("usage: <version> <schema folder> <output folder>");
    return 2;
}

VersionNames names = version switch
{
    "1.6" => NamesV16.Create(),
    _ => throw new ArgumentException($"No name table for OCPP {version}.", nameof(args)),
};

var model = SchemaModel.Load(schemas, names);
foreach (var (name, text) in CodeWriter.Write(model, names))
{
    await File.WriteAllTextAsync(Path.Combine(output, name), text);
}

Console.WriteLine($"{model.Messages.Count} messages, {model.Types.Count} types, {model.Enums.Count} enums");
return 0;
