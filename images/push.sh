# shellcheck shell=bash
# What `build.sh --push` does: sends an image to the account's ECR, or to another registry, and reads back what arrived.
# build.sh sources this and sets, from its options, each empty where the option is not given:
#   registry                  HOST[/PREFIX] of a registry that is not the account's ECR
#   account, region, profile  for ECR
#   dry_run                   with which nothing is sent; where it needs no credentials, `offline` is not empty below

readonly DOCKER_MANIFEST=application/vnd.docker.distribution.manifest.v2+json
# All that a tag may hold: ECR converts a manifest for a client that does not accept its type, which would hide that type.
readonly ANY_MANIFEST=(
    "$DOCKER_MANIFEST" application/vnd.docker.distribution.manifest.list.v2+json
    application/vnd.oci.image.manifest.v1+json application/vnd.oci.image.index.v1+json
)
readonly LIFECYCLE=images/lifecycle.json
readonly OFFLINE="With --account and --region a dry run needs neither command nor credentials."

# Checks what needs no engine, and says where the images go.
start_push() {
    local changed
    commit=$(git rev-parse --short=8 HEAD 2>/dev/null) ||
        die "git finds no commit in this folder, and a pushed image is tagged with its commit. Push from a clone of the repository."
    changed=$(git status --porcelain)
    [ -z "$changed" ] ||
        die "The tree differs from its last commit (git status shows where), so a tag with that commit would lie. Commit or stash the changes, then push."
    offline=
    if [ -z "$registry" ]; then
        region=${region:-${AWS_REGION:-${AWS_DEFAULT_REGION:-}}}
        [ -z "$dry_run" ] || [ -z "$account" ] || [ -z "$region" ] || offline=possible
        command -v aws >/dev/null || [ -n "$offline" ] ||
            die "aws is not on the PATH, and a push to ECR needs it. Install the AWS command line, or name another registry: --registry HOST.${dry_run:+ $OFFLINE}"
    fi
    work=$(mktemp -d)
    trap end_push EXIT
    if [ -n "$offline" ] && has_credentials; then
        offline=
    elif [ -n "$offline" ]; then
        printf 'Pushing to ECR: account %s, region %s; no AWS credentials, so nothing is looked up\n' "$account" "$region"
        return
    fi
    if [ -n "$registry" ]; then
        require_docker
        printf 'Pushing to %s\n' "$registry"
        return
    fi
    check_settings
    [ -n "$region" ] || region=$(configured_region)
    [ -n "$region" ] || die "No region was given, and the AWS settings do not have one. Name one: --region us-east-1."
    [ -n "$account" ] || account=$(ask '' "learn whose credentials these are" sts get-caller-identity --query Account)
    printf 'Pushing to ECR: account %s, region %s%s\n' "$account" "$region" "${profile:+, profile $profile}"
}

# Whether aws is there and finds credentials; when they do not work, the next question says why.
has_credentials() {
    command -v aws >/dev/null || return
    aws --region "$region" ${profile:+--profile "$profile"} sts get-caller-identity >/dev/null 2>"$work/error" </dev/null ||
        ! grep -q -e "Unable to locate credentials" -e "Partial credentials" "$work/error"
}

end_push() {
    [ -z "$sending" ] || docker image rm "$sending" >/dev/null
    rm -rf "$work"
}

# aws takes a file that it cannot read for one that is not there.
check_settings() {
    local file
    for file in "${AWS_CONFIG_FILE:-${HOME:-}/.aws/config}" "${AWS_SHARED_CREDENTIALS_FILE:-${HOME:-}/.aws/credentials}"; do
        if [ -d "$file" ] || { [ -e "$file" ] && [ ! -r "$file" ]; }; then
            die "Cannot read the AWS settings in $file. Make it a file that you can read, or name another one in AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE."
        fi
    done
}

# Prints the region of the AWS settings; nothing where they name none.
configured_region() {
    aws configure get region ${profile:+--profile "$profile"} 2>"$work/error" || [ ! -s "$work/error" ] || aws_error "read the AWS settings"
}

# Asks AWS (from $3 on) and prints its answer, or nothing when AWS answers with the error $1. $2: what it is asked for.
ask() {
    local absent=$1 aim=$2
    shift 2
    # A code for MFA is asked for on the terminal; without one aws would wait for it on standard input.
    aws --region "$region" ${profile:+--profile "$profile"} --output text "$@" 2>"$work/error" </dev/null && return
    [ -z "$absent" ] || ! grep -q "($absent)" "$work/error" || return 0
    aws_error "$aim"
}

# One sentence from what aws said, which begins with what could not be done.
aws_error() {
    local aim=$1 all said
    all=$(<"$work/error")
    said=${all##*$'\n'}
    case $all in
    *"MFA code"*)
        die "Cannot $aim: the profile's role needs an MFA code, but standard input is not a terminal. Run this in one, or set the keys that aws configure export-credentials prints there in the environment." ;;
    *"MultiFactorAuthentication failed"*)
        die "Cannot $aim: AWS rejected the MFA code ($said). Wait for the next code, then run this again." ;;
    *RequestTimeTooSkewed* | *RequestExpired* | *"Signature expired"* | *"Signature not yet current"*)
        die "Cannot $aim: this machine's clock is wrong ($said). Set it, for example with sudo timedatectl set-ntp true." ;;
    *"SSO Token"* | *"SSO session"* | *"token from sso"* | *"aws sso login"*)
        die "Cannot $aim: the SSO login is missing or has expired ($said). Log in with aws sso login${profile:+ --profile $profile}." ;;
    *"aws login"*)
        die "Cannot $aim: the login is missing or has expired ($said). Log in with aws login${profile:+ --profile $profile}." ;;
    *custom-process* | *"Expecting value"* | *"No such file or directory"* | *"Permission denied"* | *"has no attribute"* | *"codec can't decode"*)
        die "Cannot $aim: what the AWS settings name, such as a credential_process, fails ($said). Run it yourself to see why, or name another --profile." ;;
    *"Unable to parse config file"* | *"nfinite loop in credential"* | *"source_profile"* | *"missing required configuration"* | *"sso-session does not exist"* | *"No closing quotation"* | *"invalid literal"*)
        die "Cannot $aim: the AWS settings are wrong ($said). Correct them, or name another --profile." ;;
    *"could not be found"*"profile"* | *"profile"*"could not be found"*)
        die "Cannot $aim: $said. aws configure list-profiles lists the profiles." ;;
    *"SSL validation failed"*)
        die "Cannot $aim: the connection cannot be trusted ($said). Check the clock and the certificates; behind a company's proxy, name the file of its certificate in AWS_CA_BUNDLE." ;;
    *"connect to proxy"*)
        die "Cannot $aim: the proxy cannot be reached ($said). Check HTTPS_PROXY and NO_PROXY." ;;
    *ExpiredToken* | *"has expired"* | *InvalidClientTokenId* | *UnrecognizedClient* | *InvalidSignature* | *SignatureDoesNotMatch*)
        die "Cannot $aim: AWS rejected the credentials ($said). Log in again, or name another --profile." ;;
    *AccessDenied*)
        die "Cannot $aim: a permission is missing ($said). docs/iam/push.json holds those of a push." ;;
    *"Unable to locate credentials"* | *"Partial credentials"*)
        die "Cannot $aim: AWS credentials are missing or incomplete. Log in with the AWS command line, or name a --profile.${dry_run:+ $OFFLINE}" ;;
    *"Could not connect"* | *"Connect timeout"*)
        die "Cannot $aim: AWS cannot be reached ($said). Check the region, $region, and the network." ;;
    *) die "Cannot $aim: ${said:-aws failed and said nothing}" ;;
    esac
}

ask_ecr() {
    local absent=$1 aim=$2 command=$3
    shift 3
    ask "$absent" "$aim" ecr "$command" --registry-id "$account" "$@"
}

# Prints HOST/REPOSITORY, or nothing while ECR has no such repository. ECR itself names the host: China and others have domains of their own.
find_repository() {
    local name=$1 found address mutability suffix=
    if [ -n "$registry" ]; then
        echo "$registry/$name"
        return
    fi
    if [ -n "$offline" ]; then
        [[ $region = cn-* ]] && suffix=.cn
        echo "$account.dkr.ecr.$region.amazonaws.com${suffix:-}/$name"
        return
    fi
    found=$(ask_ecr RepositoryNotFoundException "look for the repository $name" describe-repositories --repository-names "$name" \
        --query 'repositories[].[repositoryUri,imageTagMutability]') || exit
    read -r address mutability <<<"$found"
    [ "${mutability:-IMMUTABLE}" = IMMUTABLE ] ||
        die "The repository $name has $mutability tags: a tag could later name an image that was not tested. Make them immutable (aws ecr put-image-tag-mutability --region $region --registry-id $account --repository-name $name --image-tag-mutability IMMUTABLE), then push."
    echo "$address"
}

create_repository() {
    local name=$1
    ask_ecr '' "create the repository $name" create-repository --repository-name "$name" --image-tag-mutability IMMUTABLE \
        --image-scanning-configuration scanOnPush=true --query repository.repositoryUri
}

# A policy that is already there is its owner's. It is looked for at each push, since a push may have been cut off before this.
set_lifecycle() {
    local name=$1 policy
    policy=$(ask_ecr LifecyclePolicyNotFoundException "read the lifecycle policy of $name" get-lifecycle-policy --repository-name "$name" \
        --query registryId)
    [ -n "$policy" ] || ask_ecr '' "set the lifecycle policy of $name" put-lifecycle-policy --repository-name "$name" \
        --lifecycle-policy-text "file://$LIFECYCLE" >/dev/null
}

tags() {
    echo "$1-$commit $1"
}

# Says what pushing an image would do.
plan() {
    local name=$1 version=$2 repository tag held
    repository=$(find_repository "$name")
    printf '%s:%s\n  repository  %s\n' "$name" "$version" "${repository:-to be created, with immutable tags, scan on push and $LIFECYCLE}"
    for tag in $(tags "$version"); do
        held=
        [ -z "$repository" ] || [ -n "$offline" ] || held=$(stored "$repository" "$tag")
        printf '  tag         %s%s\n' "$tag" "${held:+, which is taken: the push is refused unless it holds the same image}"
    done
}

# Prints "TYPE DIGEST CONFIG" of the manifest under a tag; nothing when the tag does not exist. CONFIG: the image configuration's digest.
stored() {
    local repository=$1 tag=$2 type digest manifest config=none
    if [ -n "$registry" ]; then
        "${PYTHON:-python3}" images/manifest.py "$repository" "$tag" 2>"$work/error" || die "$(<"$work/error")"
        return
    fi
    manifest=$(ask_ecr '' "read the tag $tag of $repository" batch-get-image --repository-name "${repository#*/}" \
        --image-ids "imageTag=$tag" --accepted-media-types "${ANY_MANIFEST[@]}" \
        --query 'images[].[imageManifestMediaType,imageId.imageDigest,imageManifest]') || exit
    [ -n "$manifest" ] || return 0
    read -r type digest manifest <<<"${manifest//$'\n'/ }"
    [[ $manifest =~ \"config\":[[:space:]]*\{[^}]*\"digest\":[[:space:]]*\"([^\"]+) ]] && config=${BASH_REMATCH[1]}
    echo "$type $digest $config"
}

# One sentence from what docker said of a registry.
registry_error() {
    local aim=$1 said
    said=$(<"$work/error")
    said=${said##*$'\n'}
    case $said in
    *"permission denied while trying to connect"*) engine_error ;;
    *unauthorized* | *Unauthorized* | *denied* | *"no basic auth"*)
        die "Cannot $aim: the registry refuses the login ($said).${registry:+ Run docker login ${registry%%/*}, then push again.}" ;;
    *"connection refused"* | *"no such host"* | *timeout* | *"no route"*)
        die "Cannot $aim: the registry cannot be reached ($said). Check its name and the network." ;;
    *) die "Cannot $aim: ${said:-docker failed and said nothing}" ;;
    esac
}

# docker with the login of this push alone. The user's contexts stay in sight; their other logins are not needed.
docker_of_push() {
    if [ -d "$work/docker" ]; then
        DOCKER_CONTEXT=$(docker context inspect --format '{{.Name}}') DOCKER_CONFIG=$work/docker docker "$@"
    else
        docker "$@"
    fi
}

log_in() {
    local host=$1 contexts=${DOCKER_CONFIG:-${HOME:-}/.docker}/contexts password
    password=$(ask '' "get a login for $host" ecr get-login-password)
    mkdir -p "$work/docker"
    [ ! -d "$contexts" ] || ln -sfn "$contexts" "$work/docker/contexts"
    # With an entry, though empty, docker does not look for a keychain, where the login would outlive this push.
    printf '{"auths": {"%s": {}}}' "$host" >"$work/docker/config.json"
    docker_of_push login --username AWS --password-stdin "$host" <<<"$password" >/dev/null 2>"$work/error" ||
        registry_error "log in to $host"
}

# Pushes NAME:dev as both tags. All is checked before the first byte leaves.
push() {
    local name=$1 version=$2 image=$1:dev id platform repository tag held missing=()
    platform=$(docker image inspect --format '{{.Os}}/{{.Architecture}}' "$image")
    [ "$platform" = linux/amd64 ] || die "$image is built for $platform, and SageMaker runs linux/amd64. Is BASE_IMAGE of another architecture?"
    # The digest of the configuration; with containerd's image store that of the manifest.
    id=$(docker image inspect --format '{{.Id}}' "$image")
    repository=$(find_repository "$name")
    for tag in $(tags "$version"); do
        held=
        [ -z "$repository" ] || held=$(stored "$repository" "$tag")
        case " $held " in
        '  ') missing+=("$tag") ;;
        " $DOCKER_MANIFEST "*" $id "*) printf '%s:%s holds this image already\n' "$repository" "$tag" ;;
        " $DOCKER_MANIFEST "*) die "$repository:$tag is taken by another image, and a tag is never moved. Raise the version in images/$name/pyproject.toml, commit, and push again." ;;
        *) refuse_type "$repository:$tag" "${held%% *}" ;;
        esac
    done
    if [ -z "$registry" ]; then
        [ -n "$repository" ] || repository=$(create_repository "$name")
        set_lifecycle "$name"
        [ ${#missing[@]} -eq 0 ] || log_in "${repository%%/*}"
    fi
    for tag in ${missing[@]+"${missing[@]}"}; do
        send "$image" "$repository:$tag"
    done
    for tag in $(tags "$version"); do
        verify "$id" "$repository" "$tag"
    done
}

send() {
    local image=$1 reference=$2
    docker image tag "$image" "$reference"
    sending=$reference
    docker_of_push image push "$reference" 2>"$work/error" || registry_error "push $reference"
    docker image rm "$reference" >/dev/null
    sending=
}

refuse_type() {
    die "$1 has a manifest of type $2, and SageMaker accepts only $DOCKER_MANIFEST. Delete that tag; build with a newer buildx, or without containerd's image store; push again."
}

# The registry's manifest names the configuration by its digest, so what was seen in the image here, the platform too, holds there.
verify() {
    local id=$1 repository=$2 tag=$3 held type digest
    held=$(stored "$repository" "$tag")
    [ -n "$held" ] || die "$repository:$tag was pushed, and the registry shows no such tag."
    read -r type digest _ <<<"$held"
    [ "$type" = "$DOCKER_MANIFEST" ] || refuse_type "$repository:$tag" "$type"
    [[ " $held " == *" $id "* ]] || die "$repository:$tag holds another image than the one pushed. Has somebody pushed it in between?"
    printf '%s:%s\n  digest    %s\n  manifest  %s\n' "$repository" "$tag" "$digest" "$type"
}
